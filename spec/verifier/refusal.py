"""The one way in which anything is refused: by a code."""


class Refused(Exception):
    """A refusal: its code, and for chains the link (counted from 1) and a detail."""

    def __init__(self, code, link=None, detail=None):
        super().__init__(code)
        self.code, self.link, self.detail = code, link, detail

    def verdict(self):
        """As it stands in the `expect` of a vector."""
        out = {"refused": self.code}
        if self.link is not None:
            out["link"] = self.link
        if self.detail is not None:
            out["detail"] = self.detail
        return out

    def line(self):
        """Code, link and detail, as far as there are any, with spaces between."""
        return " ".join(str(part) for part in (self.code, self.link, self.detail) if part is not None)
