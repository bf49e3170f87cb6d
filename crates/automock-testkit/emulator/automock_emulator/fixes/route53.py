"""Route 53 without the wait for propagation.

After each change the AWS provider polls GetChange with a long first delay. When
the answer names no change there is nothing to poll. Other callers keep it.
"""

from __future__ import annotations

import re

from ..call import Call

CHANGE_INFO = re.compile(rb"<ChangeInfo>.*?</ChangeInfo>", re.DOTALL)

Answer = tuple[str, list[tuple[str, str]], bytes]


def hide_change_info(call: Call, answer: Answer) -> Answer:
    """Removes `ChangeInfo` from what terraform reads."""
    status, headers, content = answer
    if call.service != "route53" or not call.from_terraform or b"<ChangeInfo>" not in content:
        return answer
    content = CHANGE_INFO.sub(b"", content)
    headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return status, headers + [("Content-Length", str(len(content)))], content
