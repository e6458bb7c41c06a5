"""What do we now believe of this course, and what is wrong? The third fold: one state for each course.

Take one message in; keep it; compute what is believed; ask every detector that reads what changed;
send only what is new. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas import topics
from schemas.alert import Alert, Finding
from schemas.control import AlertAction
from schemas.envelope import Event
from schemas.profile import EscalationTier
from schemas.profiles import platform_limits
from schemas.wire import decode_trusted, encode_contract
from streams.alert_work import Stands, stand
from streams.alerting import NO_OUTLOOK, Outlook, alert_of, note_when_gone, reissue
from streams.asking import Asked, ask
from streams.course import Course, Fact
from streams.dispatching import settle, settle_new
from streams.forecast import kept_forecast
from streams.messages import Belief, Concern, Leg, Out, Status, ToCourse
from streams.moments import Micros, micros
from streams.record import written_record
from streams.routing import way_of
from streams.view import Standing, View, add, judge, rebuild, stand_otherwise


class Made(NamedTuple):
    """An alert as it was made of a finding, and as it stood after so many actions."""

    finding: Finding
    """Held beside the alert, so that its id is nobody else's."""
    outlook: Outlook
    alert: Alert
    acted: int
    stands: Stands

    def still(self, acted: int, clock: Micros) -> bool:
        """Whether it stands as it stood, after so many actions and this late."""
        again_at = self.stands.again_at
        return self.acted == acted and (again_at is None or again_at > clock)


def view_of(coi: str, course: Course) -> View:
    """The view of a course, computed once and kept beside it while it is in memory."""
    view: View | None = course.__dict__.get("view")
    if view is None:
        view = course.__dict__["view"] = rebuild(course, coi)
    return view


def hear_event(
    coi: str,
    state: Course | None,
    value: bytes,
    digest: bytes,
    via: tuple[Status, ...],
    clock: Micros,
) -> tuple[Course, list[Out]]:
    """Take an admitted event in that led here."""
    course = Course() if state is None else state
    event = decode_trusted(value)
    event_id = str(event.event_id)
    view = view_of(coi, course)
    moved = [status.identifier for status in via if _note_status(course, status)]
    contents = course.facts.get(event_id, [])
    fresh = all(fact.digest != digest for fact in contents)
    if not fresh and not moved:
        return course, []
    if fresh:
        course.facts[event_id] = sorted([*contents, Fact(digest, value)], key=lambda f: f.digest)
    cause = micros(event.occurred_at)
    if fresh and not contents and not stand_otherwise(course, coi, view, moved):
        known = judge(course, coi, event_id, event, way_of(event), digest)
        if known.standing in (Standing.BELIEVED, Standing.REPORTED):
            add(view, known)
            outs = settle_new(coi, course, view, known)
            return course, outs + _conclude(coi, course, view, clock, cause, changed=type(event))
    return course, _reconsider(coi, course, clock, cause)


def hear_word(
    coi: str, state: Course | None, word: ToCourse, clock: Micros
) -> tuple[Course, list[Out]]:
    """Take in what a thing or the door says about this course's events and legs."""
    course = Course() if state is None else state
    match word:
        case Status():
            cause = max((said for _, said, _ in word.ever), default=0)
            kept: View | None = course.__dict__.get("view")  # as it was before the word
            parted = kept is not None and word.identifier in kept.parting
            if not _note_status(course, word):
                return course, []
            if kept is None or stand_otherwise(course, coi, kept, [word.identifier]):
                return course, _reconsider(coi, course, clock, cause)
            if not parted and word.identifier not in kept.parting:
                return course, []  # it leads here only, as it did or as nobody had said it
            return course, _conclude(coi, course, kept, clock, cause, changed=Status)
        case Belief():
            known = course.beliefs.get(word.event_id)
            if known is not None and known.version >= word.version:
                return course, []
            course.beliefs[word.event_id] = word
            if word.event_id not in course.facts:
                return course, []
            # A belief says how an earlier word counts; what it disproves was never true.
            return course, _reconsider(coi, course, clock, 0)
        case Leg():
            key = f"{word.logger}/{word.leg}"
            before = course.legs.get(key)
            if before is not None and before.version >= word.version:
                return course, []
            course.legs[key] = word
            view = view_of(coi, course)
            view.legs_heard += 1
            return course, _conclude(coi, course, view, clock, word.last, changed=Leg)
        case Concern():
            heard = course.concerns.get(word.thing)
            if heard is not None and heard.version >= word.version:
                return course, []
            course.concerns[word.thing] = word
            view = view_of(coi, course)
            return course, _conclude(coi, course, view, clock, word.said_at, changed=Concern)


def act(
    coi: str, state: Course | None, action: AlertAction, clock: Micros
) -> tuple[Course, list[Out]]:
    """Take in what a person did about an alert."""
    course = Course() if state is None else state
    key = str(action.action_id)
    if key in course.actions:
        return course, []
    course.actions[key] = encode_contract(action)
    course.__dict__.pop("told", None)  # alerts stand otherwise although nothing is found otherwise
    view = view_of(coi, course)
    outs = _conclude(coi, course, view, clock, 0, changed=None)
    made: dict[int, Made] = course.__dict__["made"]
    if all(known.alert.alert_id != action.alert_id for known in made.values()):
        course.issued, noted = note_when_gone(course.issued, action)
        outs += noted
    return course, outs


def wake(coi: str, course: Course, clock: Micros) -> list[Out]:
    """It is now this late: ask the detectors whose deadline has come."""
    return _conclude(coi, course, view_of(coi, course), clock, clock, changed=None)


def asked_of(course: Course) -> Asked | None:
    """What the detectors said last; None while nothing has changed since the course was read back."""
    asked: Asked | None = course.__dict__.get("asked")
    return asked


def next_due(course: Course) -> Micros | None:
    """When the course has to be looked at again: a detector waits, or an alert climbs or comes back."""
    asked = asked_of(course)
    made: dict[int, Made] = course.__dict__.get("made", {})
    dues = [m.stands.again_at for m in made.values() if m.stands.again_at is not None]
    again_at = None if asked is None else asked.next_due()
    return min(dues if again_at is None else [*dues, again_at], default=None)


def publish(coi: str, course: Course, asked: Asked) -> Out:
    """The record as it stands, for the records topic; nothing under the key where no event is held."""
    if not course.facts:
        return Out(topics.RECORDS, coi, None)
    record = written_record(coi, course, view_of(coi, course), asked.deadlines())
    return Out(topics.RECORDS, coi, record)


def _note_status(course: Course, status: Status) -> bool:
    known = course.statuses.get(status.identifier)
    if known is not None and known.version >= status.version:
        return False
    course.statuses[status.identifier] = status
    view: View | None = course.__dict__.get("view")
    if view is not None:
        view.note(status)
    if known is None:
        return True
    return (known.now, known.ever, known.root) != (status.now, status.ever, status.root)


def _reconsider(coi: str, course: Course, clock: Micros, cause: Micros) -> list[Out]:
    """Compute the whole view again, because something other than a plain new event has changed it."""
    before: View | None = course.__dict__.get("view")
    view = rebuild(course, coi, before)
    same = before is not None and before.stands_as(view)
    if before is not None and same:  # gates ask how events stand, never where identifiers lead
        view.gates, view.outside, view.new = before.gates, before.outside, before.new
    gone = [key for key, known in view.known.items() if known.standing is Standing.FOREIGN]
    course.__dict__["view"] = view
    outs = settle(coi, course, view)
    outs += _conclude(coi, course, view, clock, cause, changed=Status if same else Event)
    if gone:
        for event_id, digest in gone:
            kept = [fact for fact in course.facts[event_id] if fact.digest != digest]
            if kept:
                course.facts[event_id] = kept
            else:
                del course.facts[event_id]
        course.__dict__["view"] = rebuild(course, coi, view)
    return outs


def _conclude(
    coi: str, course: Course, view: View, clock: Micros, cause: Micros, changed: type | None
) -> list[Out]:
    asked: Asked | None = course.__dict__.get("asked")
    asked = course.__dict__["asked"] = ask(view, clock, asked, changed)
    found = asked.findings()
    if not found and course.__dict__.get("told") is asked:
        return []  # nothing is wrong, as when the alerts were last looked at
    course.__dict__["told"] = asked
    people, kept = course.people(), course.__dict__.get("made", {})
    outlook = _outlook(view) if found else NO_OUTLOOK
    made: dict[int, Made] = {}
    wanted: dict[str, Alert] = {}
    unchanged: set[str] = set()
    for code, finding in found:
        known: Made | None = kept.get(id(finding))
        if known is None or known.outlook != outlook:
            alert, known = alert_of(code, coi, finding, view.label, outlook), None
        else:
            alert = known.alert
        key = str(alert.alert_id)
        actions = people.get(alert.alert_id, ())
        if known is not None and known.still(len(actions), clock) and key not in wanted:
            unchanged.add(key)
        else:
            stands = stand(alert, actions, _tiers(view), clock)
            known = Made(finding, outlook, alert, len(actions), stands)
            unchanged.discard(key)
        made[id(finding)] = known
        wanted[key] = known.stands.alert
    course.__dict__["made"] = made
    course.issued, alerts = reissue(course.issued, wanted, cause, clock, unchanged)
    return alerts


def _outlook(view: View) -> Outlook:
    """What every alert of the course says of its way to the infusion."""
    forecast = kept_forecast(view)
    if forecast is None:
        return NO_OUTLOOK
    return Outlook(
        forecast.infusion_p50_at, forecast.infusion_p90_at, forecast.holding, forecast.harm_at
    )


def _tiers(view: View) -> tuple[EscalationTier, ...]:
    """Whom alerts of the course climb to: as its product states, or the pipeline itself."""
    own = () if view.profile is None else view.profile.escalation
    return own or platform_limits().escalation
