"""What a person's mail program does: reads a mailbox by IMAP, and writes messages, both with Python's own library.

    mailbox.py read PORT ACCOUNT PASSWORD    prints a list of messages, oldest first
    mailbox.py write FILE                    prints the message that the file asks for

Asked for are `from`, `to`, `subject`, `text`, and as wanted `headers`, `html`, `reply_to` (a message as `read` prints it), and
`attachments` with `name`, `type` and `base64`.
"""

import base64
import email
import email.policy
import email.utils
import imaplib
import json
import sys
from email.message import EmailMessage


def read(port, account, password):
    with imaplib.IMAP4("127.0.0.1", int(port)) as mailbox:
        mailbox.login(account, password)
        mailbox.select(readonly=True)
        _, [numbers] = mailbox.search(None, "ALL")
        fetched = [mailbox.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers.split()]
    print(json.dumps([told(raw) for raw in fetched]))


def told(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]

    def text(kind):
        return next((part.get_content() for part in parts if part.get_content_type() == kind), None)

    return {
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "fields": [[name, str(value)] for name, value in message.items()],
        "text": text("text/plain"),
        "html": text("text/html"),
        "calendar": text("text/calendar"),
        "types": [part.get_content_type() for part in message.walk()],
        "attachments": [
            {
                "name": part.get_filename(),
                "type": part.get_content_type(),
                "base64": base64.b64encode(part.get_payload(decode=True)).decode(),
            }
            for part in parts
            if part.get_content_disposition() == "attachment"
        ],
        "defects": [str(defect) for part in message.walk() for defect in part.defects],
        "raw": base64.b64encode(raw).decode(),
    }


def write(file):
    with open(file, encoding="utf-8") as wanted:
        wanted = json.load(wanted)
    message = EmailMessage()
    for name in ("from", "to", "subject"):
        message[name] = wanted[name]
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = wanted.get("message_id") or email.utils.make_msgid(domain=wanted["from"].split("@")[1].strip(">"))
    if answered := wanted.get("reply_to"):
        answered = answered["headers"]
        message["In-Reply-To"] = answered["message-id"]
        message["References"] = " ".join([*answered.get("references", "").split(), answered["message-id"]])
    for name, value in wanted.get("headers", {}).items():
        message[name] = value
    message.set_content(wanted["text"])
    if html := wanted.get("html"):
        message.add_alternative(html, subtype="html")
    if calendar := wanted.get("calendar"):
        message.add_alternative(calendar["text"], subtype="calendar", params={"method": calendar["method"]})
    for attachment in wanted.get("attachments", []):
        maintype, subtype = attachment["type"].split("/")
        data = base64.b64decode(attachment["base64"])
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=attachment["name"])
    sys.stdout.buffer.write(message.as_bytes(policy=email.policy.SMTP))


{"read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
