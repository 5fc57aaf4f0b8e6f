"""Tasks, each of which is its owner's alone."""

import os

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from auth import CurrentUser

app = FastAPI()
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
