"""Every name of Faust and mode that the engine leans on beyond what they document.

One test each; its name says what the engine needs. When one fails after an upgrade, read the
module named in its message before anything else.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import faust
import faust.tables
import mode
import pytest
from faust.agents.agent import Agent
from faust.app.base import BootStrategy
from faust.channels import Channel
from faust.streams import Stream
from faust.tables.base import Collection
from faust.transport import base
from faust.transport.conductor import Conductor
from faust.transport.drivers import TRANSPORTS, by_url
from faust.types.tuples import TP, Message

from streams.engine import App, Batches, Codec, EngineSettings
from streams.engine.consumer import Consumer
from streams.engine.delivery import Delivery, Topic
from streams.engine.producer import Producer
from streams.engine.table import Table
from streams.engine.tables import TableManager
from streams.engine.transport import Transport
from streams.engine.worker import Boot, Worker


@pytest.fixture
def app() -> App:
    return App("contract", broker="rdkafka://127.0.0.1:1", engine=EngineSettings())


def source(thing: Any) -> str:
    return inspect.getsource(thing)


# ------------------------------------------------------------------------------ delivery.py


def test_acknowledging_ends_in_the_assignment_acked_true():
    assert "self.acked = True" in source(Message.on_final_ack), (
        "Message.on_final_ack no longer sets `acked`: Delivery would never hear of a batch's end"
    )


def test_the_compiled_stream_iterator_also_assigns_acked():
    from faust._cython import streams as compiled

    heard: list[bool] = []
    delivery = Delivery("in", 0, 1, 0.0, 0, {}, None, None, None)
    delivery.on_acked = lambda: heard.append(True)
    delivery.refcount = 1

    class Quiet:
        """A stream as the iterator reads it."""

        def __getattr__(self, name: str) -> Any:
            return Quiet()

        def __call__(self, *args: Any, **options: Any) -> Any:
            return Quiet()

        def __bool__(self) -> bool:
            return False

        def __iter__(self) -> Any:
            return iter(())

    event = Quiet()
    event.message = delivery  # type: ignore[attr-defined]
    stream: Any = Quiet()
    stream.app = App("compiled", broker="rdkafka://127.0.0.1:1")
    stream.app.consumer = Quiet()
    iterator = compiled.StreamIterator(stream)
    iterator.acks_enabled_for = lambda topic: False
    iterator.after(event, True, None)
    assert heard == [True], (
        "faust._cython.streams no longer ends an acknowledgement in `acked = True`"
    )


def test_a_message_keeps_acked_in_a_slot_that_a_property_can_stand_before():
    assert "acked" in Message.__slots__, "Message.acked is no plain slot any more"


def test_a_topic_takes_acks_false_and_is_then_left_out_of_gap_tracking(app):
    topic = app.topic("in")
    assert isinstance(topic, Topic)
    assert topic.acks is False, "a topic no longer takes acks=False"
    assert "if channel.acks:" in source(Conductor._update_indices), (
        "the conductor no longer asks a topic's `acks` before it tracks gaps"
    )


def test_a_schema_is_handed_the_message_as_it_is(app):
    for name in ("loads_key", "loads_value"):
        assert list(inspect.signature(getattr(faust.Schema, name)).parameters)[:3] == [
            "self",
            "app",
            "message",
        ], f"Schema.{name} is called otherwise: Batches would not get its batch"
    message = Message("in", 0, 1, 0.0, 0, {}, b"k", b"v", None)
    assert Batches().loads_value(app, message, loads=None) == b"v", (
        "a message's value no longer passes through Batches as it is"
    )


def test_a_decode_error_is_reported_before_it_reaches_the_agent():
    text = source(Channel.on_value_decode_error)
    assert text.index("on_decode_error") < text.index("self.throw"), (
        "Channel throws a decode error into the agent before it reports it"
    )


def test_a_clone_of_a_topic_keeps_its_schema(app):
    assert isinstance(app.topic("in", schema=Batches()).clone().schema, Batches), (
        "a stream's clone of its topic loses the schema: agents would not get batches"
    )


# ------------------------------------------------------------------------------ consumer.py


def test_faust_calls_on_task_error_before_the_agents_supervisor_acts():
    text = source(Agent._execute_actor)
    assert text.index("self._on_error(") < text.index(
        "aref.crash(exc)", text.index("self._on_error(")
    ), (
        "an agent's supervisor acts before the error is reported: a failed batch could be acknowledged"
    )
    assert "on_task_error" in source(faust.App._on_agent_error), (
        "App._on_agent_error no longer tells the consumer: failures would pass unheard"
    )
    assert "on_error=self._on_agent_error" in source(faust.App.agent), (
        "App.agent no longer has its agents report errors to the app"
    )


def test_the_conductor_knows_the_channels_of_a_topic_by_name(app):
    assert isinstance(app.topics._topic_name_index, dict), "Conductor._topic_name_index is gone"


def test_the_conductor_waits_for_the_tables_before_it_subscribes():
    assert "wait_until_tables_registered" in source(Conductor._subscriber.fun), (
        "the conductor subscribes before the tables are registered"
    )
    assert "_tables_registered" in source(faust.tables.TableManager.wait_until_tables_registered), (
        "TableManager._tables_registered is gone: the engine would never be asked to subscribe"
    )


def test_streams_skip_events_only_while_flow_control_is_suspended(app):
    app.flow_control.resume()
    assert app.flow_control.is_active(), "flow_control.resume() no longer lets streams go on"


def test_streams_skip_events_of_another_generation(app):
    assert app.consumer_generation_id == 0, "App.consumer_generation_id is no longer 0 at the start"
    assert "generation_id" in Message.__slots__, "messages carry no generation_id any more"


@pytest.mark.parametrize(
    "name",
    [
        "unacked",
        "_unacked_messages",
        "on_buffer_full",
        "on_buffer_drop",
        "pause_partitions",
        "resume_partitions",
        "stop_flow",
        "resume_flow",
        "close",
        "assignment",
        "topic_partitions",
        "subscribe",
        "on_task_error",
        "transactions",
        "in_transaction",
        "randomly_assigned_topics",
    ],
)
def test_the_consumer_has_what_faust_reads_from_one(name):
    assert hasattr(Consumer, name) or f"self.{name}" in source(Consumer.__init__), (
        f"Faust reads {name} from its consumer, and the engine's has none"
    )


def test_streams_read_unacked_once_and_only_add_to_it_for_tracked_topics():
    assert "topic in acking_topics and not message.tracked" in source(Stream._py_aiter), (
        "streams track messages of topics that are not acknowledged through Faust"
    )


def test_the_conductor_handles_an_assignment_without_anything_else_of_faust(app):
    async def assign() -> Any:
        await app.topics.on_partitions_assigned({TP("in", 0)})

    asyncio.run(assign())
    assert app.topics._tp_to_callback == {}, (
        "the conductor does something else with an assignment than map partitions to channels"
    )


def test_a_signal_may_be_sent_with_the_partitions(app):
    heard: list[set[TP]] = []

    async def hear(sender: Any, assigned: set[TP], **_: Any) -> None:
        heard.append(assigned)

    app.on_partitions_assigned.connect(hear)

    asyncio.run(app.on_partitions_assigned.send({TP("in", 0)}))
    assert heard == [{TP("in", 0)}], "App.on_partitions_assigned is called otherwise"


# ------------------------------------------------------------------------------ producer.py


def test_a_producer_is_made_of_its_transport_and_calls_post_init():
    assert "__post_init__" in source(mode.Service.__init__), "Service no longer calls __post_init__"
    assert list(inspect.signature(base.Producer.__init__).parameters)[:2] == [
        "self",
        "transport",
    ], "a producer is made of something else than its transport"


def test_all_of_fausts_sends_end_in_three_methods():
    for name in ("send", "send_and_wait", "send_soon"):
        assert name in Producer.__dict__
        assert hasattr(base.Producer, name), f"Faust's producer has no {name} any more"
    parameters = list(inspect.signature(base.Producer.send).parameters)
    assert parameters[1:7] == ["topic", "key", "value", "partition", "timestamp", "headers"], (
        "Producer.send takes other arguments"
    )


def test_a_topics_send_goes_to_the_apps_producer():
    assert "maybe_start_producer" in source(faust.Topic._get_producer), (
        "Topic asks somebody else than the app for the producer"
    )
    assert "await producer.send" in source(faust.Topic.publish_message), (
        "Topic.publish_message no longer sends by Producer.send"
    )


# ------------------------------------------------------------------------------ table.py, tables.py


def test_a_table_makes_its_store_by_new_store(app):
    assert "self._new_store()" in source(Collection.data.fget), (
        "Collection.data no longer calls _new_store: tables would get Faust's own store"
    )
    table = app.Table("t", partitions=2)
    assert table.data is table.store, "Collection.data is not what _new_store made"


def test_a_table_takes_further_options_by_name(app):
    codec = Codec(lambda value: b"", lambda raw: raw)
    table = app.Table("t", partitions=2, codec=codec)
    assert isinstance(table, Table), "the setting `Table` no longer says what app.Table makes"
    assert table._codec is codec, "app.Table no longer hands further options on"


def test_changelogs_are_named_as_faust_names_them(app):
    assert app.Table("t", partitions=2).changelog_topic_name == "contract-t-changelog", (
        "Faust names changelogs otherwise: existing tables would not be found"
    )


def test_without_a_codec_keys_and_values_are_as_faust_writes_them(app):
    overlay = app.Table("t", partitions=2).overlay
    written = overlay._encode_key("k"), overlay._encode({"n": 1}), overlay._decode(b'{"n":1}')
    assert written == (b'"k"', b'{"n":1}', {"n": 1}), "Faust's serializers write otherwise"


def test_the_current_event_is_known_inside_an_agent_only():
    assert faust.current_event() is None, "there is a current event outside any agent"
    assert "_current_event.set" in source(Stream._set_current_event), (
        "streams no longer say which event is current: tables would not know their partition"
    )


def test_timers_and_tasks_wait_for_the_first_restore():
    assert "wait_until_recovery_completed" in source(
        faust.App._wait_for_table_recovery_completed
    ), "tasks no longer wait for the tables"
    assert "wait_until_recovery_completed" in TableManager.__dict__
    assert "_wait_for_table_recovery_completed" in source(faust.App.on_started), (
        "App.on_started starts tasks without waiting for the tables"
    )


def test_no_table_may_be_added_once_they_are_final():
    assert "_tables_finalized" in source(faust.tables.TableManager.add), (
        "TableManager.add no longer refuses tables that come too late"
    )


# ------------------------------------------------------------------------------ transport.py


def test_the_scheme_leads_to_the_engine():
    assert by_url("rdkafka://127.0.0.1:1") is Transport, (
        "TRANSPORTS.aliases no longer leads from a URL's scheme to a transport"
    )
    assert "rdkafka" in TRANSPORTS.aliases


def test_a_broker_list_comes_as_urls():
    many = App("many", broker="rdkafka://a:1;rdkafka://b:2")
    transport: Any = many.transport
    assert transport.servers == "a:1,b:2", "a broker list reaches the transport otherwise"


def test_the_app_makes_consumer_and_producer_by_its_transport(app):
    assert isinstance(app.producer, Producer), "the app makes its producer elsewhere"
    assert "self.Consumer(self, callback=callback" in source(base.Transport.create_consumer), (
        "a transport makes its consumer otherwise"
    )


# ------------------------------------------------------------------------------ worker.py, app.py


def test_the_boot_strategy_starts_the_consumer_and_nothing_that_the_engine_replaces(app):
    assert Boot(app).web_server() == [], "BootStrategy starts the web server in spite of enable_web"
    assert Boot(app).kafka_consumer() == [app.consumer]
    assert "self.kafka_consumer()" in source(BootStrategy.server), (
        "BootStrategy.server starts consumers that the engine replaces"
    )


def test_the_worker_installs_its_signal_handlers_in_one_place():
    assert "self.install_signal_handlers()" in source(mode.Worker.default_on_first_start), (
        "mode installs signal handlers elsewhere: a hanging worker would not stop in time"
    )
    assert "install_signal_handlers" in Worker.__dict__


def test_an_app_is_asked_before_any_of_its_services_starts():
    text = source(mode.Service._actually_start)
    assert text.index("on_first_start") < text.index("self._children"), (
        "App.on_first_start runs after services have started: checks would come too late"
    )


def test_a_failing_timer_or_task_crashes_the_app():
    assert "await self.crash(" in source(mode.Service._execute_task), (
        "a service no longer calls crash() when a task of its fails: it would end unheard"
    )
    assert "crash" in App.__dict__


def test_faust_declares_no_topics():
    app = App("contract", broker="rdkafka://127.0.0.1:1")
    assert app.conf.topic_allow_declare is False
    assert "topic_allow_declare" in source(faust.Topic.declare), (
        "Topic.declare no longer asks topic_allow_declare: Faust would make topics by itself"
    )
