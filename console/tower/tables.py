"""The tables of the read model: what the topics said last, in a form that lists can be asked of."""

from __future__ import annotations

VERSION = 6
"""Goes up whenever a table changes; a read model of another version is built anew."""

SCHEMA = """
CREATE TABLE place (topic TEXT, partition INTEGER, next_offset INTEGER NOT NULL,
                    PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE state (only INTEGER PRIMARY KEY CHECK (only = 1), generation TEXT NOT NULL,
                    cluster TEXT NOT NULL, seq INTEGER NOT NULL DEFAULT 0,
                    ticked_at INTEGER, heard_at INTEGER, committed_at INTEGER NOT NULL);
CREATE TABLE course (coi TEXT PRIMARY KEY, product TEXT, phase TEXT NOT NULL, harm_at INTEGER,
                     infusion_at INTEGER, seq INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE withheld (coi TEXT, event_id TEXT, PRIMARY KEY (coi, event_id)) WITHOUT ROWID;
CREATE TABLE event (coi TEXT, event_id TEXT, type_name TEXT NOT NULL, occurred_at INTEGER NOT NULL,
                    system TEXT NOT NULL, partner TEXT NOT NULL, site TEXT, number INTEGER, body TEXT NOT NULL,
                    PRIMARY KEY (coi, event_id)) WITHOUT ROWID;
CREATE INDEX event_of_site ON event (site, coi);
CREATE INDEX event_of_partner ON event (system, partner, occurred_at);
CREATE INDEX event_by_number ON event (system, partner, number) WHERE number IS NOT NULL;
CREATE INDEX event_of_type ON event (type_name, coi);
CREATE TABLE shipment (coi TEXT, shipment TEXT, event_id TEXT, type_name TEXT NOT NULL,
                       PRIMARY KEY (coi, shipment, event_id)) WITHOUT ROWID;
CREATE VIEW course_site AS
  SELECT DISTINCT e.coi AS coi, e.site AS site FROM event e WHERE e.site IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.coi = e.coi AND w.event_id = e.event_id);
CREATE TABLE alert (alert_id TEXT PRIMARY KEY, code TEXT NOT NULL, hazard TEXT NOT NULL,
                    severity TEXT NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL, coi TEXT,
                    owner TEXT NOT NULL, assigned_to TEXT, act_by INTEGER NOT NULL,
                    revision INTEGER NOT NULL, first_seq INTEGER NOT NULL, seq INTEGER NOT NULL,
                    body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX alert_by_time ON alert (open, act_by, alert_id, state);
CREATE INDEX alert_of_course ON alert (coi);
CREATE INDEX alert_by_seq ON alert (seq);
CREATE TABLE action (action_id TEXT PRIMARY KEY, alert_id TEXT NOT NULL, acted_at INTEGER NOT NULL,
                     body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX action_of_alert ON action (alert_id, acted_at);
CREATE TABLE quarantine (quarantine_id TEXT PRIMARY KEY, reason TEXT NOT NULL, stage TEXT NOT NULL,
                         system TEXT, partner TEXT, cleared INTEGER NOT NULL, said_at INTEGER NOT NULL,
                         body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX quarantine_by_time ON quarantine (cleared, said_at);
CREATE TABLE quarantine_course (quarantine_id TEXT, coi TEXT, PRIMARY KEY (quarantine_id, coi)) WITHOUT ROWID;
CREATE TABLE waiting (event_id TEXT PRIMARY KEY, type_name TEXT NOT NULL, system TEXT NOT NULL,
                      partner TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE partner (system TEXT, partner TEXT, PRIMARY KEY (system, partner)) WITHOUT ROWID;
CREATE TABLE heartbeat (system TEXT, partner TEXT, occurred_at INTEGER, event_id TEXT, body TEXT NOT NULL,
                        PRIMARY KEY (system, partner, occurred_at, event_id)) WITHOUT ROWID;
CREATE TABLE unreadable (topic TEXT, partition INTEGER, offset INTEGER, reason TEXT NOT NULL,
                         detail TEXT NOT NULL, PRIMARY KEY (topic, partition, offset)) WITHOUT ROWID;
"""
