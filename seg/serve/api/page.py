"""The API described for people: one page, made of the OpenAPI document, that loads nothing and runs no program."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from seg.serve.api.description import document
from seg.texts import LANGUAGES, TAGS, fill

# Nothing may be loaded from anywhere; the style stands in the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STYLE = """
:root { color-scheme: light dark; font: 1rem/1.55 system-ui, sans-serif; }
body { max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; } h2 code { font-size: inherit; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { padding: .8rem 1rem; overflow-x: auto; border: 1px solid #8888; border-radius: .4rem; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .5rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; } small { display: block; opacity: .75; }
a { color: LinkText; }
"""
EXAMPLES = """\
curl -F photo=@cat.jpg "{server}/segment" -o cutout.png
curl -F photo=@cat.jpg "{server}/segment?as=shares"
curl -F photo=@cat.jpg -F photo=@dog.jpg "{server}/segment" -o segmented.zip
curl -F photo=@cat.jpg -F background=@beach.jpg "{server}/segment?shadow=50" -o cat-on-the-beach.jpg
curl --data-binary @cat.jpg "{server}/segment?as=trimap&name=cat.jpg" -o trimap.png
curl "{server}/weights"
"""

Json = dict[str, Any]
Text = Callable[..., str]  # gives a text of the API by its key, as HTML


def page(language: str, api: str, server: str) -> str:
    """The page in a language of the texts. ``api``: the path of the API; ``server``: its address, for lines to copy."""

    def text(key: str, **values: Any) -> str:
        return escape(fill(language, f"api.{key}", **values))

    described = document(language, api)
    others = " · ".join(
        f'<a href="?lang={code}" lang="{TAGS[code]}" hreflang="{TAGS[code]}">{escape(name)}</a>'
        for code, name in LANGUAGES.items()
        if code != language
    )
    operations = "".join(
        _operation(method, path, operation, text)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    )
    title = escape(described["info"]["title"])
    return f"""<!doctype html>
<html lang="{TAGS[language]}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
<main>
<h1>{title}</h1>
<p>{escape(described["info"]["description"])}</p>
<p><a href="openapi.json?lang={language}">openapi.json</a> · {others}</p>
<pre>{escape(EXAMPLES.format(server=server))}</pre>
{operations}
</main>
</html>
"""


def _operation(method: str, path: str, operation: Json, text: Text) -> str:
    parameters = [
        (parameter["name"], _said(parameter["description"], parameter["schema"], text))
        for parameter in operation.get("parameters", ())
    ]
    body = operation.get("requestBody")
    fields = body["content"]["multipart/form-data"]["schema"]["properties"] if body else {}
    files = [(name, escape(field["description"])) for name, field in fields.items() if "description" in field]
    responses = [(status, escape(response["description"])) for status, response in operation["responses"].items()]
    headers = [
        (name, escape(header["description"]))
        for name, header in operation["responses"]["200"].get("headers", {}).items()
    ]
    return "".join(
        (
            f"<h2><code>{method.upper()} {escape(path)}</code></h2>",
            f"<p><strong>{escape(operation['summary'])}</strong></p><p>{escape(operation['description'])}</p>",
            f"<p>{escape(body['description'])}</p>" if body else "",
            _list(text("fields"), files),
            _list(text("parameters"), parameters),
            _list(text("headers"), headers),
            _list(text("answers"), responses),
        )
    )


def _said(description: str, schema: Json, text: Text) -> str:
    """What a parameter means, with its values."""
    values = [f"<code>{escape(' | '.join(schema['enum']))}</code>"] if "enum" in schema else []
    default = [text("default", value=schema["default"])] if "default" in schema else []
    note = " · ".join(values + default)
    return escape(description) + (f"<small>{note}</small>" if note else "")


def _list(title: str, rows: list[tuple[str, str]]) -> str:
    """``rows``: names, and what is said of each as HTML."""
    if not rows:
        return ""
    items = "".join(f"<dt><code>{escape(name)}</code></dt><dd>{said}</dd>" for name, said in rows)
    return f"<h3>{title}</h3><dl>{items}</dl>"
