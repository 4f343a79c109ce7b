"""The sources of an answer by where their links lead, where that is asked for."""

from aichat.core.exchange.event import Source
from aichat.net.links import final_links


def follow_links(sources: tuple[Source, ...]) -> list[Source]:
    """Those whose links redirect to another host, each with what it leads to; the link is kept."""
    found = final_links(source.url for source in sources)
    return [
        source._replace(url=found[source.url], redirect=source.url)
        for source in sources
        if source.url in found
    ]
