"""The peer: aiohttp posts so many messages, as many at once as ours, and keeps nothing: URL N AT_ONCE."""

import asyncio
import itertools
import json
import sys
import time

import aiohttp
import orjson


async def post(url: str, wanted: int, at_once: int) -> None:
    """Post them all."""
    numbers = itertools.count()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def lane() -> None:
            while (number := next(numbers)) < wanted:
                body = {
                    "messaging_product": "whatsapp", "recipient_type": "individual", "to": f"336{number:08}",
                    "biz_opaque_callback_data": f"bare-{number}", "type": "template",
                    "template": {"name": "news", "language": {"code": "fr"}, "components": [
                        {"type": "body", "parameters": [{"type": "text", "text": "15 % sur toute la maille"}]}]},
                }
                headers = {"Content-Type": "application/json", "Authorization": "Bearer a-token"}
                async with session.post(url, data=orjson.dumps(body), headers=headers) as answer:
                    orjson.loads(await answer.read())["messages"][0]["id"]

        await asyncio.gather(*(lane() for _ in range(at_once)))


def main() -> None:
    """Wait for the word, post, tell."""
    url, wanted, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.process_time()
    asyncio.run(post(url, wanted, at_once))
    print(json.dumps({"handled": wanted, "cpu_seconds": time.process_time() - began}))


if __name__ == "__main__":
    main()
