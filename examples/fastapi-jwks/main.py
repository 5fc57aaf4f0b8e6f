"""Tasks, each of which is its owner's alone."""

import asyncio
import os
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel

from auth import CurrentUser, revocations


@asynccontextmanager
async def lifespan(_: FastAPI):
    following = asyncio.create_task(revocations.follow()) if revocations else None
    yield
    if following:
        following.cancel()


app = FastAPI(lifespan=lifespan)
# Pages of these origins may ask, with a token; a cookie is never taken.
origins = [origin for origin in os.environ.get("APP_ORIGINS", "").split(",") if origin]
app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["Authorization", "Content-Type"])


class Task(BaseModel):
    title: str


tasks: list[tuple[str, Task]] = []  # in the place of a table with a column for the owner


@app.get("/")
async def health():
    return {"ok": True}


# region routes
@app.get("/tasks")
async def list_tasks(user: CurrentUser) -> list[Task]:
    return [task for owner, task in tasks if owner == user.id]


@app.post("/tasks", status_code=201)
async def add_task(task: Task, user: CurrentUser) -> Task:
    tasks.append((user.id, task))
    return task
# endregion
