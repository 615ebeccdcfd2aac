"""What can be wrong with feedback, reply codes and sources, and what to do about it."""

from typing import ClassVar

from shared.errors import (
    BodyTooLarge,
    Conflict,
    Forbidden,
    Invalid,
    MediaTypeNotRead,
    NotFound,
    Problem,
    Unauthorised,
    Unavailable,
)

PAUSED_RETRY_SECONDS = 300
FULL_RETRY_SECONDS = 600


class LookupUnavailable(Unavailable):
    """Postcodes cannot be looked up at the moment. Nothing was stored: try again, or give the footprint."""


class PostcodeNotFound(Invalid):
    """No footprint is known for this postcode. Check it, or give the footprint or the organisation."""


class NoOneClick(Invalid):
    """To stop mail, post `List-Unsubscribe=One-Click` as a form, as mail clients do. Nothing has changed."""


class ReplyCodeUsed(Conflict):
    """This reply code belongs to another piece of feedback. Leave it out, and the answer has a new one."""


class SentTwiceAtOnce(Conflict):
    """The same feedback arrived twice at the same moment, and this one was not stored. Send it again."""


class TooManyLines(BodyTooLarge):
    """A batch has at most 10,000 lines. Send the rest in another batch."""


class LineTooLarge(BodyTooLarge):
    """A line has at most 1 MiB. Send less in it."""


class TooManyLookups(BodyTooLarge):
    """More than 1,000 lines of this batch needed a look-up. Send this line again in another batch."""


class FileNotRead(Invalid):
    """The file cannot be read. The detail says why, and what to do. Nothing was stored."""


class FileUnknown(NotFound):
    """You sent no file with this id, or it was deleted. Send the file again."""


class FileNotYours(Forbidden):
    """Another client of your organisation sent this file. Only that client turns its rows into feedback."""


class ReplyCodeNotUsed(Conflict):
    """Nothing has arrived under this code yet: there is nothing to withdraw, and no mail to stop."""


class SheetUnknown(Invalid):
    """The file has no sheet with this name that is shown. `sheets` of the file names those that there are."""


class TooManyFiles(Conflict):
    """50 of your files are kept. Delete those that you no longer need: what became feedback stays."""


class ComplaintNeverPublished(Invalid):
    """A complaint is never published. If the person agrees, forward it to the complaints team."""


class PublishNotPermitted(Invalid):
    """The person did not allow publication. Only feedback with `permissions.publish` = `yes` is published."""


class ReasonRequired(Invalid):
    """Give the reason for withholding it in `reason`. People may ask for it."""


class NotSuggested(Invalid):
    """Today's model does not suggest this theme for these words. Read the suggestions again."""


class RuleUnknown(NotFound):
    """Your organisation has no publishing rule with this id. `GET /v1/publishing-rules` lists them."""


class TooManyRules(Conflict):
    """Your organisation has 20 publishing rules in force. End one of them first."""


class NoComplaint(Invalid):
    """You can forward only a complaint. Publish or withhold other feedback, or draft a loop from it."""


class NotWhoTakesIt(Invalid):
    """A complaint goes to a body that it is about, or to the board of its place. Name one of them in `to`."""


class AlreadyForwarded(Conflict):
    """This complaint was forwarded. `forwarding` says to whom, and by when they must acknowledge it."""


class AlreadyPublished(Conflict):
    """This feedback is already published. To take it off the public pages, withhold it."""


class AlreadyWithdrawn(Conflict):
    """This feedback was withdrawn. The only thing you can still do is erase it."""


class AlreadyErased(Conflict):
    """This feedback was erased. You cannot do anything more with it."""


class OneListAtOnce(Invalid):
    """`sent_by` lists what you sent, and `work` what waits for you. Ask for one of them."""


class NotConcerned(Forbidden):
    """This feedback is not about your organisation or footprint. Only a body that it is about may do this."""


class BodySucceeded(Forbidden):
    """Another body has taken over from yours and acts in its place. Use a key of that body."""


class CallerUnknown(Unauthorised):
    """`sent_by=me` and `work` list what is yours. Send `Authorization: Bearer dw_<id>_<secret>`."""

    always: ClassVar = {"WWW-Authenticate": "Bearer"}


class SenderModerates(Forbidden):
    """You sent this, and it is about others too. They, or the operator of Doorway, moderate it."""


class NotYoursToWithdraw(Forbidden):
    """Only its giver, or a sender that it is not about, withdraws feedback. To erase it, say why."""


class SourceUnknown(NotFound):
    """Your organisation has no source with this id. `GET /v1/sources` lists your sources."""


class SourceNotFound(NotFound):
    """There is no source with this id. Check the id at the end of the address."""


class PresetNotFound(NotFound):
    """There is no preset of this name. `GET /v1/source-presets` lists them."""


class SourceNotLive(Unavailable):
    """This source takes nothing at the moment. Keep the message and send it again later with the same id."""

    # Senders keep trying after a 503, and give up after other refusals.
    always: ClassVar = {"Retry-After": str(PAUSED_RETRY_SECONDS)}


class SourceClosed(Problem):
    """This source was closed for good. Send nothing more to this address."""

    status = 410


class PayloadsWaiting(Conflict):
    """Payloads of this source wait. Correct its mapping and replay them, or close it with `discard=true`."""


class PayloadDeleted(Problem):
    """The bytes of this payload were deleted. What it became stands at `…/received/{received_id}`."""

    status = 410


class SourceFull(Unavailable):
    """This source has as much waiting as it may. Correct its mapping and replay; send this later."""

    always: ClassVar = {"Retry-After": str(FULL_RETRY_SECONDS)}


class EventNotTaken(Problem):
    """This is an event of Doorway, which would come back as another. Send events to a system of your own."""

    # The gateway disables an endpoint that answers so: it must not try again.
    status = 410


class SourceNotReady(Invalid):
    """A live source needs controller, lawful basis, Article 9 condition, notice and retention. Add them."""


class TooManySources(Conflict):
    """Your organisation has 100 sources. Change one of them: it can take another name and mapping."""


class OrganisationRequired(Forbidden):
    """A source belongs to an organisation. Use the key of a client that acts for an organisation."""


class SignatureRefused(Unauthorised):
    """The signature or secret does not match. Check it and the headers, and sign exactly what you send."""


class MessageIdRefused(Invalid):
    """The message has no usable id. It must be one line of 1 to 190 characters."""


class MessageIdReused(Conflict):
    """Another body arrived under this message id. Send a changed message under a new id."""


class BodyNotJson(Invalid):
    """The body is neither JSON, nor lines of it, nor a form, in UTF-8. Nothing was stored: correct it."""


class BodyTypeNotRead(MediaTypeNotRead):
    """A source posts JSON, lines of JSON (`application/x-ndjson`), or a form. Send one of these types."""


class SecretRefused(Invalid):
    """The secret does not fit the signature scheme. `errors` says what it must look like."""


class MappingRefused(Invalid):
    """The mapping cannot be used. `errors` names each part to correct."""


class SampleFailed(Invalid):
    """The mapping does not turn its samples into the expected feedback. `errors` names each difference."""
