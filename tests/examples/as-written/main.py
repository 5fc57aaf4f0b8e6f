"""A FastAPI service as it is found: python-jose, and a secret from the environment. It stands for code that is there
already and is to go on working; what it leaves out is what docs/architectures says about it."""

import os

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt

app = FastAPI()
api = APIRouter(prefix=os.environ.get("API_PREFIX", ""))
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")
tasks = []


# region verify
SECRET = os.environ["JWT_SECRET"]


def get_current_user(token: str = Depends(oauth2_scheme)) -> str:
    try:
        return jwt.decode(token, SECRET, algorithms=["HS256"])["sub"]
    except (JWTError, KeyError):
        raise HTTPException(status_code=401, detail="Invalid token") from None
# endregion


@app.get("/")
def health():
    return {"ok": True}


@api.get("/auth/me")
def me(user_id: str = Depends(get_current_user)):
    return {"id": user_id}


@api.get("/tasks")
def list_tasks(user_id: str = Depends(get_current_user)):
    return [task for owner, task in tasks if owner == user_id]


@api.post("/tasks", status_code=201)
def add_task(task: dict, user_id: str = Depends(get_current_user)):
    tasks.append((user_id, task))
    return task


app.include_router(api)
