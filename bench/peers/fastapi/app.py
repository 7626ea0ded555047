"""The Python peer of small GETs: FastAPI on uvicorn, with uvloop and httptools."""
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
async def health():
    return {"status": "ok"}
