"""Tasks, each of which is its owner's alone."""

import os

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel

from auth import CurrentUser

app = FastAPI()
# Pages of these origins may ask, with a token; a cookie is never taken.
origins = [origin for origin in os.environ.get("APP_ORIGINS", "").split(",") if origin]
app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["Authorization", "Content-Type"])
api = APIRouter(prefix=os.environ.get("API_PREFIX", ""))


class Task(BaseModel):
    title: str


tasks: list[tuple[str, Task]] = []  # in the place of a table with a column for the owner


@app.get("/")
async def health():
    return {"ok": True}


# region routes
@api.get("/auth/me")
async def me(user: CurrentUser):
    return {"id": user.id, "email": user.claims.get("email")}


@api.get("/tasks")
async def list_tasks(user: CurrentUser) -> list[Task]:
    return [task for owner, task in tasks if owner == user.id]


@api.post("/tasks", status_code=201)
async def add_task(task: Task, user: CurrentUser) -> Task:
    tasks.append((user.id, task))
    return task
# endregion


app.include_router(api)
