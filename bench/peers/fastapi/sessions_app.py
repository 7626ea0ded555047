"""The Python peer of sessions: FastAPI on uvicorn with redis.asyncio, a hash `sessions:{id}` each, as game back ends are often
begun. Redis syncs its file once a second, so what this answers may be lost: it does less than what it is set beside."""
import json
import os
import uuid
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Any

import redis.asyncio as redis
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

LIFE_S = 3600


@asynccontextmanager
async def lifespan(served: FastAPI):
    pool = redis.BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=64, decode_responses=True)
    served.state.redis = redis.Redis.from_pool(pool)
    yield
    await served.state.redis.aclose()


app = FastAPI(lifespan=lifespan)


class NewSession(BaseModel):
    players: list[str] = Field(min_length=1, max_length=256)
    mode: str = "ranked"
    state: dict[str, Any] = {}


class SessionChange(BaseModel):
    status: str | None = None
    state: dict[str, Any] | None = None


def now():
    return datetime.now(timezone.utc).isoformat()


@app.post("/api/v1/sessions/create", status_code=201)
async def create(body: NewSession):
    name, store = str(uuid.uuid4()), app.state.redis
    record = {"player_id": body.players[0], "players": json.dumps(body.players), "mode": body.mode, "status": "waiting",
              "rating": 1200, "state": json.dumps(body.state), "timestamp": now()}
    async with store.pipeline(transaction=True) as together:
        await together.hset(f"sessions:{name}", mapping=record).expire(f"sessions:{name}", LIFE_S).execute()
    return {"session_id": name, **record}


@app.put("/api/v1/sessions/{name}/update")
async def update(name: str, body: SessionChange):
    key, store = f"sessions:{name}", app.state.redis
    if not await store.exists(key):
        raise HTTPException(404, "There is no such session.")
    changed = {"timestamp": now()}
    if body.status is not None:
        changed["status"] = body.status
    if body.state is not None:
        changed["state"] = json.dumps(body.state)
    async with store.pipeline(transaction=True) as together:
        _, _, record = await together.hset(key, mapping=changed).expire(key, LIFE_S).hgetall(key).execute()
    return {"session_id": name, **record}
