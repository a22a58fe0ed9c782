"""An application as most teams have it: FastAPI, SQLAlchemy, httpx and `logging`, instrumented by OpenTelemetry alone.

```sh
opentelemetry-instrument python app.py 8000
```
"""

import logging
import sys
from typing import Annotated

import httpx
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool

log = logging.getLogger("shop")
app = FastAPI()


def database() -> Engine:
    """The shop's database."""
    return engine


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


@app.get("/orders/{number}")
def order(number: int, rows: Annotated[Engine, Depends(database)]) -> dict[str, int]:
    """An order, or an error for each tenth."""
    with rows.connect() as connection:
        found: int = connection.execute(text("SELECT :number"), {"number": number}).scalar_one()
    if number < 0:
        log.error("order %s cannot be read", number, extra={"reason": "broken"})
        raise HTTPException(503)
    log.info("order %s read", number)
    return {"number": found}


@app.get("/twice/{number}")
async def twice(number: int) -> dict[str, int]:
    """The same through a call of another service."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}") as client:
        return {"twice": 2 * (await client.get(f"/orders/{number}")).json()["number"]}


PORT = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdecimal() else 8000

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_config=None, access_log=False)
