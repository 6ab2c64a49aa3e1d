"""The application: every way in behind one set of doors and limits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute

from assistant.assistant import Assistant
from assistant.settings import Settings
from assistant.web import logs
from assistant.web.api import explain_errors, rest
from assistant.web.desk import Desk
from assistant.web.limits import BodyLimit, FloodGate, NameClients
from assistant.web.mcp_server import mcp_server
from assistant.web.openai_api import openai
from assistant.web.opening import Opening, WaitingRoom
from assistant.web.refusals import preferred
from assistant.web.security import Doors, Origins, SecurityHeaders, hosts_served

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

FINISH_S = 30.0


def create_app(
    source: Assistant | Callable[[], Assistant] | Opening,
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    chat: bool = True,
    mcp: bool = False,
) -> FastAPI:
    """Build the application; `app.state.desk` is where its questions go.

    Args:
        source: The assistant, or what opens it once the application starts.
        settings: The limits and doors.
        host: The address it will be bound to; decides which Host headers are answered.
        chat: Mount the chat; without it only REST, the widget and MCP are there.
        mcp: Mount the Model Context Protocol at /mcp.
    """
    opening = source if isinstance(source, Opening) else Opening(source)
    desk = Desk(opening, settings)
    tools = mcp_server(desk) if mcp else None
    app = FastAPIOffline(
        title="Isnad",
        version="1",
        summary="Answers about a collection of news articles, each sentence with its source.",
        docs_url="/docs",
        redoc_url=None,
        lifespan=_lifespan(desk, tools),
    )
    app.state.desk = desk
    explain_errors(app)
    app.include_router(rest(desk))
    app.include_router(openai(desk))
    _add_pages(app, desk)
    if tools is not None:
        # Its own host check is off: ours stands before it.
        app.router.routes.extend(_mcp_routes(tools))
    if chat:
        from assistant.web.chat import mount_chats

        app = mount_chats(app, desk)
    _surround(app, desk, host)
    return app


def _lifespan(
    desk: Desk, tools: MCPServer | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.opening.start()
        async with AsyncExitStack() as stack:
            if tools is not None:
                await stack.enter_async_context(tools.session_manager.run())
            yield
            await desk.finish(FINISH_S)
        desk.close()

    return lifespan


def _mcp_routes(tools: MCPServer) -> list[BaseRoute]:
    from mcp.server.transport_security import TransportSecuritySettings

    open_hosts = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    inner = tools.streamable_http_app(
        json_response=True, stateless_http=True, transport_security=open_hosts
    )
    return list(inner.routes)


def _add_pages(app: FastAPI, desk: Desk) -> None:
    """Add what is neither API nor chat."""
    script = Path(str(files("assistant.web") / "static" / "widget.js"))

    @app.get("/", include_in_schema=False)
    async def front(request: Request) -> Response:
        language = preferred(request.headers.get("accept-language", ""))
        return RedirectResponse(f"/{language}/", 307, {"Vary": "Accept-Language"})

    @app.get("/healthz", tags=["operations"], summary="Is the index open?")
    async def health() -> JSONResponse:
        status = 200 if desk.opening.ready else 503
        return JSONResponse(desk.opening.health(), status, {"Cache-Control": "no-store"})

    @app.get("/metrics", tags=["operations"], summary="Counters, in Prometheus' form")
    async def metrics() -> Response:
        return Response(desk.metrics.text(), media_type=desk.metrics.content_type)

    @app.get("/widget.js", include_in_schema=False)
    async def widget() -> FileResponse:
        headers = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
        return FileResponse(script, headers=headers, media_type="text/javascript")


def _surround(app: FastAPI, desk: Desk, host: str) -> None:
    """Put the middleware around `app`; what is added last stands outermost."""
    settings = desk.settings
    app.add_middleware(WaitingRoom, opening=desk.opening)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(FloodGate, settings=settings)
    app.add_middleware(Doors, settings=settings)
    app.add_middleware(Origins, settings=settings)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key"],
        expose_headers=["Retry-After"],
    )
    app.add_middleware(
        TrustedHostMiddleware, allowed_hosts=hosts_served(settings, host), www_redirect=False
    )
    app.add_middleware(NameClients, settings=settings)
    app.add_middleware(logs.Watch, metrics=desk.metrics)
    app.add_middleware(SecurityHeaders, settings=settings)
