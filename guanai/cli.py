"""The command `guanai`."""

from __future__ import annotations

import typer

from guanai.commands import demo, documents, operation, settings, system, tokens

app = typer.Typer(
    help="关爱：留守儿童关爱系统 / care for children left behind.\n\n先试：guanai demo；再用：guanai up。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(system.app)
app.add_typer(demo.app)
app.add_typer(operation.app)
app.add_typer(documents.app)
app.add_typer(settings.app)
app.add_typer(tokens.app, name="token")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
