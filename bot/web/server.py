"""The web application: health, static files, and the Gradio page, behind the guard."""

from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from bot.web.api import build_api
from bot.web.first import FirstPaint
from bot.web.guard import Guard
from bot.web.kiosk import add_kiosk
from bot.web.layout import home
from bot.web.leaving import Leaving
from bot.web.page import build_page, first_paint
from bot.web.plain import add_plain_pages
from bot.web.service import Service
from bot.web.widget import add_widget

STATIC = Path(__file__).with_name("static")


def build_app(service: Service) -> ASGIApp:
    """Put the surfaces together.

    :param service: the engine they all ask; it may still be opening
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the process is up."""
        return {"status": "up"}

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        """Say whether the model and the index are ready for questions."""
        state = "ready" if service.ready else "failed" if service.failure else "starting"
        return JSONResponse({"status": state}, 200 if service.ready else 503)

    @app.get("/favicon.ico")
    def favicon() -> FileResponse:
        """Our own small mark."""
        return FileResponse(STATIC / "favicon.svg", media_type="image/svg+xml")

    add_plain_pages(app, service)
    add_kiosk(app, service)
    add_widget(app, service)
    app.mount("/api", build_api(service))
    app.mount("/ui", StaticFiles(directory=STATIC))
    # The narrower path first: "/" takes what is left.
    for lang in reversed(service.langs):
        _mount(app, service, lang)
    pages = {home(lang): (lang, first_paint(service, lang)) for lang in service.langs}
    talking = Leaving(app) if service.settings.model else app
    guarded = Guard(FirstPaint(talking, pages), service.settings.embed_origins)
    if not service.settings.cors_origins:
        return guarded
    return CORSMiddleware(
        guarded,
        allow_origins=service.settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        expose_headers=["Retry-After"],
    )


def _mount(app: FastAPI, service: Service, lang: str) -> None:
    """Mount the Gradio page of one language."""
    gr.mount_gradio_app(
        app,
        build_page(service, lang),
        path=home(lang).rstrip("/") or "/",
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
        footer_links=[],
        allowed_paths=[],
        max_file_size="1kb",
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    )
