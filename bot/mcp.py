"""The door for assistants: an MCP server over standard input and output, so that they can cite us."""

import json
from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from bot.contract import TURNS, Asked, FoundEntry, WholeEntry, answer_json, find_entry, search_entries
from bot.settings import Settings
from bot.types import BotError
from bot.web.service import Service
from bot.words import words

Lang = Literal["en", "es"]
_MOST_FOUND = 10


def build_server(settings: Settings) -> MCPServer:
    """Make the server. The engine opens in the background, so that an assistant is greeted at once.

    :param settings: where corpus and index are
    """
    service = Service(settings)
    service.start()
    say = words("en")["assistant"]
    server = MCPServer("iep-explainer", title=words("en")["page"]["title"], instructions=say["instructions"])
    reads_only = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    def engine() -> Any:
        try:
            return service.engine()
        except BotError as error:
            raise ToolError(say["not_ready"]) from error

    @server.tool(description=say["ask"], annotations=reads_only)
    def ask(
        question: Annotated[str, Field(description="the question, as the person put it")],
        earlier: Annotated[
            list[str], Field(max_length=TURNS - 1, description="their earlier questions, oldest first")
        ] = [],  # noqa: B006 - a schema's default, never changed
        lang: Annotated[Lang | None, Field(description="language of the answer; default: of the question")] = None,
    ) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(answer_json(engine(), Asked((*earlier, question), lang)))
        return answer

    @server.tool(description=say["search"], annotations=reads_only)
    def search(
        text: Annotated[str, Field(min_length=1, max_length=200)],
        lang: Lang = "en",
        limit: Annotated[int, Field(ge=1, le=_MOST_FOUND)] = 5,
    ) -> list[FoundEntry]:
        return search_entries(engine(), text, lang, limit)

    @server.tool(description=say["entry"], annotations=reads_only)
    def entry(
        id: Annotated[str, Field(max_length=80, description="as named in citations and by search")],
        lang: Lang = "en",
    ) -> WholeEntry:
        found = find_entry(engine(), id, lang)
        if found is None:
            raise ToolError(say["no_entry"].format(id=id))
        return found

    return server
