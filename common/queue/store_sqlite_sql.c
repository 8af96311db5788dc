#include "store_sqlite_db.h"

/*
 * The schema. Numbers are integers that rise with time, so that inserts go to
 * the ends of the trees. What repeats (words, handlers' names) is a row of its
 * own: kind, lane. Bodies stand apart: who lists events does not read them.
 * docs/INTERNALS.md tells what the states mean.
 */
static const char version_1[] =
"CREATE TABLE tally ("
"	id INTEGER PRIMARY KEY CHECK (id = 1),"
"	events INTEGER NOT NULL, queued INTEGER NOT NULL,"
"	ignored INTEGER NOT NULL, waiting INTEGER NOT NULL,"
"	running INTEGER NOT NULL, done INTEGER NOT NULL,"
"	failed INTEGER NOT NULL, dead INTEGER NOT NULL) STRICT;"
"INSERT INTO tally VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);"

/* the words of an event */
"CREATE TABLE kind ("
"	id INTEGER PRIMARY KEY,"
"	source TEXT NOT NULL, provider TEXT NOT NULL, event TEXT NOT NULL,"
"	action TEXT NOT NULL, status TEXT NOT NULL, result INTEGER NOT NULL,"
"	UNIQUE (source, event, action, status, result, provider)) STRICT;"

/* a handler of a source: "drone/build.failure" */
"CREATE TABLE lane ("
"	id INTEGER PRIMARY KEY,"
"	path TEXT NOT NULL UNIQUE,"
"	waiting INTEGER NOT NULL) STRICT;"

"CREATE TABLE event ("
"	id INTEGER PRIMARY KEY,"
"	received_ms INTEGER NOT NULL,"
"	state INTEGER NOT NULL,"
"	kind INTEGER NOT NULL,"
"	wait_lane INTEGER,"
"	subject TEXT NOT NULL, remote_addr TEXT NOT NULL,"
"	notify TEXT NOT NULL) STRICT;"
"CREATE INDEX event_kind ON event (kind);"
"CREATE INDEX event_queued ON event (state) WHERE state = 0;"
"CREATE INDEX event_ignored ON event (kind) WHERE state = 2;"

"CREATE TABLE body ("
"	event_id INTEGER PRIMARY KEY,"
"	headers TEXT NOT NULL, data BLOB NOT NULL) STRICT;"

/* the dedupe keys, in two levels: store_sqlite_dedupe.c */
"CREATE TABLE fresh ("
"	event_id INTEGER PRIMARY KEY,"
"	key BLOB NOT NULL) STRICT;"
"CREATE TABLE seen ("
"	key BLOB PRIMARY KEY,"
"	event_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

/* id: the event's, then 16 bits. at_ms: of a waiting one, when it is due; of a
 * running one, when it began; of an ended one, when it ended. attempts: within
 * the budget; begun: all that ever were. */
"CREATE TABLE delivery ("
"	id INTEGER PRIMARY KEY,"
"	lane INTEGER NOT NULL, kind INTEGER NOT NULL,"
"	state INTEGER NOT NULL, attempts INTEGER NOT NULL,"
"	begun INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;"
"CREATE INDEX delivery_state ON delivery (state, kind);"
"CREATE INDEX delivery_turn ON delivery (lane) WHERE state = 0;"
"CREATE INDEX delivery_due ON delivery (lane, at_ms) WHERE state = 0;"

/* the ended ones; output last, so that it is not read with the rest */
"CREATE TABLE attempt ("
"	delivery_id INTEGER NOT NULL, number INTEGER NOT NULL,"
"	result INTEGER NOT NULL,"
"	started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,"
"	exit_code INTEGER NOT NULL, term_signal INTEGER NOT NULL,"
"	output_total INTEGER NOT NULL, note TEXT NOT NULL,"
"	output BLOB NOT NULL,"
"	PRIMARY KEY (delivery_id, number)) STRICT, WITHOUT ROWID;"

/* "once = yes": which event runs for this subject and status */
"CREATE TABLE once ("
"	lane INTEGER NOT NULL, subject TEXT NOT NULL, status TEXT NOT NULL,"
"	event_id INTEGER NOT NULL,"
"	PRIMARY KEY (lane, subject, status)) STRICT, WITHOUT ROWID;"

/* dead deliveries that on_dead has yet to be told of: few */
"CREATE TABLE untold ("
"	delivery_id INTEGER PRIMARY KEY,"
"	attempt INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT;";

/* which file it is, so that a copy is known as one; and from which number on
 * the next event is numbered: store_sqlite_number.c */
static const char version_2[] =
"ALTER TABLE tally ADD COLUMN number_from INTEGER NOT NULL DEFAULT 0;"
"CREATE TABLE place ("
"	id INTEGER PRIMARY KEY CHECK (id = 1),"
"	inode INTEGER NOT NULL, born_ns INTEGER NOT NULL,"
"	noted_ms INTEGER NOT NULL) STRICT;";

/*
 * Room for what comes next, so that the pages need to change only once
 * (store_sqlite_upgrade.c): docs/INTERNALS.md, "Reserved", tells what for.
 */
static const char version_3[] =
"ALTER TABLE tally ADD COLUMN filtered INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE place ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE delivery ADD COLUMN filter INTEGER;"
"ALTER TABLE untold RENAME TO alarm;"

"CREATE TABLE kind_3 ("
"	id INTEGER PRIMARY KEY,"
"	source TEXT NOT NULL, provider TEXT NOT NULL, event TEXT NOT NULL,"
"	action TEXT NOT NULL, status TEXT NOT NULL, result INTEGER NOT NULL,"
"	named_by TEXT NOT NULL,"
"	UNIQUE (source, event, action, status, result, provider, named_by)"
") STRICT;"
"INSERT INTO kind_3 SELECT id, source, provider, event, action, status,"
" result, '' FROM kind;"
"DROP TABLE kind;"
"ALTER TABLE kind_3 RENAME TO kind;"

"CREATE TABLE filter ("
"	id INTEGER PRIMARY KEY,"
"	words TEXT NOT NULL UNIQUE) STRICT;"

"CREATE TABLE audit ("
"	id INTEGER PRIMARY KEY,"
"	at_ms INTEGER NOT NULL,"
"	who TEXT NOT NULL, what TEXT NOT NULL,"
"	event_id INTEGER, delivery_id INTEGER,"
"	note TEXT NOT NULL) STRICT;"
"CREATE INDEX audit_event ON audit (event_id) WHERE event_id IS NOT NULL;";

/* Keys that stay when their event is gone, and how many of them there are.
 * Whether older keys may go is unknown, so they stay. */
static const char version_4[] =
"ALTER TABLE fresh ADD COLUMN lasting INTEGER NOT NULL DEFAULT 1;"
"ALTER TABLE seen ADD COLUMN lasting INTEGER NOT NULL DEFAULT 1;"
"ALTER TABLE tally ADD COLUMN lasting INTEGER NOT NULL DEFAULT 0;"
"UPDATE tally SET lasting = (SELECT count(*) FROM seen) +"
" (SELECT count(*) FROM fresh WHERE key NOT IN (SELECT key FROM seen));";

/*
 * For the page: who is logged in; what people did that is of no event; what is
 * searched for; and sums for pictures. result: enum attempt_result; buckets:
 * how many attempts took how long.
 */
static const char version_5[] =
"CREATE INDEX audit_other ON audit (at_ms) WHERE event_id IS NULL;"

"CREATE TABLE session ("
"	digest BLOB PRIMARY KEY,"
"	kind INTEGER NOT NULL,"
"	token TEXT NOT NULL, binding BLOB NOT NULL,"
"	began_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL"
") STRICT, WITHOUT ROWID;"
"CREATE INDEX session_token ON session (token, began_ms);"

"CREATE TABLE facts ("
"	event_id INTEGER PRIMARY KEY,"
"	project TEXT NOT NULL, branch TEXT NOT NULL, title TEXT NOT NULL,"
"	author TEXT NOT NULL, commit_id TEXT NOT NULL) STRICT;"

"CREATE TABLE sums ("
"	hour INTEGER NOT NULL,"
"	source TEXT NOT NULL, handler TEXT NOT NULL,"
"	result INTEGER NOT NULL,"
"	n INTEGER NOT NULL, ms_total INTEGER NOT NULL,"
"	buckets BLOB NOT NULL,"
"	PRIMARY KEY (hour, source, handler, result)) STRICT, WITHOUT ROWID;";

/*
 * The index of what events are about: store_sqlite_search.c says what its words
 * are. It has no copy of the text, which is in facts. And what the runner notes
 * for others.
 */
static const char version_6[] =
"CREATE VIRTUAL TABLE search USING fts5 (words, content = '',"
" columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');"

"CREATE TABLE noted ("
"	name TEXT PRIMARY KEY,"
"	number INTEGER NOT NULL, words TEXT NOT NULL) STRICT, WITHOUT ROWID;"

/* how builds ended, to be compared with the next ones: outcome.h */
"CREATE TABLE outcome ("
"	event_id INTEGER PRIMARY KEY,"
"	chain INTEGER NOT NULL, subject INTEGER NOT NULL,"
"	result INTEGER NOT NULL) STRICT;"
"CREATE INDEX outcome_chain ON outcome (chain);";

const char *const store_upgrades[STORE_VERSION] = {
	version_1,
	version_2,
	version_3,
	version_4,
	version_5,
	version_6,
};

#define EVENT_COLUMNS \
"SELECT e.id, e.received_ms, e.state, k.source, k.provider, k.event," \
" k.action, k.status, k.result, e.subject, e.remote_addr "

#define DELIVERY_COLUMNS \
"SELECT d.id, l.path, d.state, d.attempts, d.at_ms, d.begun "

/*
 * Indexes are named where the planner could choose: a plan must not change
 * with the figures. ?1 is often -1 for "any".
 */
const char *const store_sql[SQL_COUNT] = {
[SQL_BEGIN] = "BEGIN IMMEDIATE",
[SQL_BEGIN_READ] = "BEGIN",
[SQL_COMMIT] = "COMMIT",
[SQL_ROLLBACK] = "ROLLBACK",
[SQL_VERSION] = "PRAGMA user_version",

[SQL_TALLY_GET] =
"SELECT events, queued, ignored, waiting, running, done, failed, dead,"
" filtered, number_from, lasting FROM tally WHERE id = 1",
[SQL_TALLY_PUT] =
"UPDATE tally SET events = ?1, queued = ?2, ignored = ?3, waiting = ?4,"
" running = ?5, done = ?6, failed = ?7, dead = ?8, filtered = ?9,"
" number_from = ?10, lasting = ?11 WHERE id = 1",

[SQL_PLACE_GET] = "SELECT inode, born_ns, noted_ms FROM place WHERE id = 1",
[SQL_PLACE_PUT] =
"INSERT INTO place (id, inode, born_ns, noted_ms, epoch)"
" VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE"
" SET inode = ?1, born_ns = ?2, noted_ms = ?3, epoch = ?4",
[SQL_PLACE_MOVE] = "UPDATE place SET inode = ?1, born_ns = ?2 WHERE id = 1",

[SQL_KIND_FIND] =
"SELECT id FROM kind WHERE source = ?1 AND event = ?2 AND action = ?3"
" AND status = ?4 AND result = ?5 AND provider = ?6 AND named_by = ?7",
[SQL_KIND_ADD] =
"INSERT INTO kind (source, event, action, status, result, provider, named_by)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
[SQL_KINDS_MATCHING] =
"SELECT id FROM kind WHERE (?1 IS NULL OR source = ?1)"
" AND (?2 IS NULL OR event = ?2) AND (?3 IS NULL OR status = ?3)",

[SQL_LANE_FIND] = "SELECT id FROM lane WHERE path = ?1",
[SQL_LANE_ADD] = "INSERT INTO lane (path, waiting) VALUES (?1, 0)",
[SQL_LANE_WAITING] = "UPDATE lane SET waiting = waiting + ?2 WHERE id = ?1",
[SQL_LANES] = "SELECT id, path, waiting FROM lane WHERE waiting > 0",

[SQL_LANE_PATH] = "SELECT path FROM lane WHERE id = ?1",

[SQL_SUMS_GET] =
"SELECT n, ms_total, buckets FROM sums WHERE hour = ?1 AND source = ?2"
" AND handler = ?3 AND result = ?4",
[SQL_SUMS_PUT] =
"INSERT INTO sums (hour, source, handler, result, n, ms_total, buckets)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
" ON CONFLICT (hour, source, handler, result) DO UPDATE"
" SET n = ?5, ms_total = ?6, buckets = ?7",
[SQL_SUMS_ALL] =
"SELECT source, handler, result, n, ms_total, buckets FROM sums"
" WHERE hour = 0 ORDER BY source, handler, result",
[SQL_SUMS_HOURS] =
"SELECT source, handler, result, n, ms_total, buckets, hour FROM sums"
" WHERE hour >= ?1 AND hour > 0 ORDER BY hour, source, handler, result",
[SQL_SUMS_SWEEP] = "DELETE FROM sums WHERE hour > 0 AND hour < ?1",

[SQL_ABOUT_DUE] = "SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2",
[SQL_ABOUT_ADD] =
"INSERT INTO facts (event_id, project, branch, title, author, commit_id)"
" SELECT id, ?2, ?3, ?4, ?5, ?6 FROM event WHERE id = ?1",
[SQL_ABOUT_EVENT] =
"SELECT e.received_ms / 3600000, k.source, k.result FROM event e"
" JOIN kind k ON k.id = e.kind WHERE e.id = ?1",
[SQL_ABOUT_GET] =
"SELECT project, branch, title, author, commit_id FROM facts"
" WHERE event_id = ?1",
[SQL_ABOUT_RANGE] =
"SELECT event_id, project, branch, title, author, commit_id FROM facts"
" WHERE event_id >= ?1 AND event_id <= ?2",
[SQL_ABOUT_REMOVE] =
"DELETE FROM facts WHERE event_id >= ?1 AND event_id <= ?2",
[SQL_ABOUT_BELOW] =
"SELECT event_id FROM facts WHERE event_id < ?1 ORDER BY event_id DESC LIMIT 1",
[SQL_SEARCH_ADD] = "INSERT INTO search (rowid, words) VALUES (?1, ?2)",
[SQL_SEARCH_REMOVE] =
"INSERT INTO search (search, rowid, words) VALUES ('delete', ?1, ?2)",
[SQL_SEARCH_FIND] =
"SELECT rowid FROM search WHERE search MATCH ?1 AND rowid < ?2"
" AND rowid >= ?3 ORDER BY rowid DESC",
[SQL_SEARCH_HEAD] =
"SELECT k.source, k.event, k.status, e.state FROM event e"
" JOIN kind k ON k.id = e.kind WHERE e.id = ?1",
[SQL_SEARCH_DELIVERY] =
"SELECT 1 FROM delivery WHERE id >= ?1 AND id < ?2 AND +state = ?3 LIMIT 1",
[SQL_NOTED_GET] = "SELECT number, words FROM noted WHERE name = ?1",
[SQL_NOTED_PUT] =
"INSERT INTO noted (name, number, words) VALUES (?1, ?2, ?3)"
" ON CONFLICT (name) DO UPDATE SET number = ?2, words = ?3",

[SQL_SEEN_FIND] = "SELECT event_id FROM seen WHERE key = ?1",
[SQL_SEEN_MERGE] =
"INSERT INTO seen (key, event_id, lasting)"
" SELECT key, event_id, lasting FROM fresh WHERE event_id = ?1"
" ON CONFLICT (key) DO UPDATE"
" SET event_id = excluded.event_id, lasting = excluded.lasting"
" WHERE excluded.event_id > event_id",

[SQL_SEEN_SWEEP] =
"DELETE FROM seen WHERE key IN (SELECT key FROM"
" (SELECT key, event_id, lasting FROM seen WHERE key >= ?1"
" ORDER BY key LIMIT ?2) WHERE event_id < ?3 AND lasting = 0)",
[SQL_KEY_LASTS] =
"SELECT 1 FROM fresh WHERE event_id = ?2 AND lasting = 1"
" UNION ALL SELECT 1 FROM seen WHERE key = ?1 AND lasting = 1",
[SQL_FRESH_ADD] =
"INSERT INTO fresh (event_id, key, lasting) VALUES (?1, ?2, ?3)",
[SQL_FRESH_AFTER] =
"SELECT event_id, key FROM fresh WHERE event_id > ?1 ORDER BY event_id",
[SQL_FRESH_COUNT] = "SELECT count(*) FROM fresh",
[SQL_FRESH_FIRST] = "SELECT event_id FROM fresh ORDER BY event_id LIMIT 1",
[SQL_FRESH_DROP] = "DELETE FROM fresh WHERE event_id <= ?1",

[SQL_EVENT_ADD] =
"INSERT INTO event (received_ms, state, kind, wait_lane, subject,"
" remote_addr, notify, id) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7)",
[SQL_BODY_ADD] =
"INSERT INTO body (event_id, headers, data) VALUES (?1, ?2, ?3)",
[SQL_EVENT_STATE] =
"SELECT state, kind, coalesce(wait_lane, 0), notify <> '' FROM event"
" WHERE id = ?1",
[SQL_EVENT_SET_STATE] = "UPDATE event SET state = ?2 WHERE id = ?1",
[SQL_EVENT_BELL] = "SELECT notify FROM event WHERE id = ?1",
[SQL_EVENT_SET_BELL] = "UPDATE event SET notify = ?2 WHERE id = ?1",
[SQL_EVENT_GET] =
EVENT_COLUMNS "FROM event e JOIN kind k ON k.id = e.kind WHERE e.id = ?1",
[SQL_EVENT_HEADERS] = "SELECT headers FROM body WHERE event_id = ?1",
[SQL_EVENT_BODY] = "SELECT headers, data FROM body WHERE event_id = ?1",
[SQL_EVENT_QUEUED] =
EVENT_COLUMNS "FROM event e INDEXED BY event_queued"
" CROSS JOIN kind k ON k.id = e.kind"
" WHERE e.state = 0 AND e.id > ?1 ORDER BY e.id LIMIT ?2",
[SQL_EVENT_FROM] =
"SELECT id, received_ms FROM event WHERE id >= ?1 ORDER BY id LIMIT 1",
[SQL_EVENT_NEWEST] =
"SELECT id, received_ms FROM event ORDER BY id DESC LIMIT 1",
[SQL_EVENT_OLDEST_QUEUED] =
"SELECT id FROM event INDEXED BY event_queued WHERE state = 0"
" ORDER BY id LIMIT 1",
[SQL_DELIVERY_OLDEST] =
"SELECT min((SELECT d.id FROM delivery d INDEXED BY delivery_turn"
" WHERE d.state = 0 AND d.lane = l.id ORDER BY d.id LIMIT 1))"
" FROM lane l WHERE l.waiting > 0",
[SQL_EVENT_RECEIVED] = "SELECT received_ms FROM event WHERE id = ?1",
[SQL_SOURCES_LAST] =
"SELECT k.source, max((SELECT e.received_ms FROM event e"
" INDEXED BY event_kind WHERE e.kind = k.id ORDER BY e.id DESC LIMIT 1))"
" AS last FROM kind k GROUP BY k.source HAVING last IS NOT NULL"
" ORDER BY k.source",
[SQL_FORGET_DELIVERIES] =
"SELECT lane, state FROM delivery WHERE id > ?1 AND id < ?2",
[SQL_KIND_REMOVE] =
"DELETE FROM kind WHERE id = ?1 AND NOT EXISTS"
" (SELECT 1 FROM event INDEXED BY event_kind WHERE kind = ?1)",
[SQL_SEEN_KEEP] =
"UPDATE seen SET lasting = 1 WHERE lasting = 0"
" AND event_id IN (SELECT value FROM json_each(?1))",
[SQL_FRESH_KEPT] =
"SELECT count(*) FROM fresh WHERE event_id IN (SELECT value FROM"
" json_each(?1)) AND lasting = 0 AND key NOT IN (SELECT key FROM seen)",
[SQL_FRESH_KEEP] =
"UPDATE fresh SET lasting = 1 WHERE event_id IN (SELECT value FROM"
" json_each(?1)) AND lasting = 0",
[SQL_SEARCH_MERGE] =
"INSERT INTO search (search, rank) VALUES ('merge', ?1)",
[SQL_BODY_REMOVE] = "DELETE FROM body WHERE event_id = ?1",
[SQL_BODY_FROM] =
"SELECT b.event_id, e.received_ms FROM body b"
" CROSS JOIN event e ON e.id = b.event_id"
" WHERE b.event_id >= ?1 ORDER BY b.event_id LIMIT 1",
[SQL_EVENT_STRIP] = "UPDATE event SET remote_addr = '' WHERE id = ?1",

/* newest first, from below ?2 down to ?3; ?1 the kind */
[SQL_IDS_ALL] =
"SELECT id FROM event WHERE id < ?2 AND id >= ?3"
" ORDER BY id DESC",
[SQL_IDS_KIND] =
"SELECT id FROM event INDEXED BY event_kind"
" WHERE kind = ?1 AND id < ?2 AND id >= ?3 ORDER BY id DESC",
[SQL_IDS_HANDLER] =
"SELECT 1 FROM delivery JOIN lane ON lane.id = delivery.lane"
" WHERE delivery.id >= ?1 AND delivery.id < ?2"
" AND (?4 < 0 OR delivery.state = ?4)"
" AND substr(lane.path, instr(lane.path, '/') + 1) = ?3",
[SQL_IDS_QUEUED] =
"SELECT id FROM event INDEXED BY event_queued WHERE state = 0"
" AND kind = ?1 AND id < ?2 AND id >= ?3 ORDER BY id DESC",
[SQL_IDS_IGNORED] =
"SELECT id FROM event INDEXED BY event_ignored WHERE state = 2"
" AND kind = ?1 AND id < ?2 AND id >= ?3 ORDER BY id DESC",
[SQL_IDS_DELIVERY] =
"SELECT id FROM delivery INDEXED BY delivery_state"
" WHERE state = ?4 AND kind = ?1 AND id < ?2 AND id >= ?3"
" ORDER BY id DESC",

[SQL_DELIVERY_ADD] =
"INSERT INTO delivery (id, lane, kind, state, attempts, begun, at_ms)"
" VALUES (?1, ?2, ?3, ?4, 0, 0, ?5)",
[SQL_DELIVERY_GET] =
"SELECT lane, state, attempts, begun, at_ms FROM delivery WHERE id = ?1",
[SQL_DELIVERY_SET] =
"UPDATE delivery SET state = ?2, attempts = ?3, begun = ?4, at_ms = ?5"
" WHERE id = ?1",
[SQL_DELIVERY_FILTER] = "UPDATE delivery SET filter = ?2 WHERE id = ?1",
[SQL_DELIVERY_LAST] =
"SELECT id FROM delivery WHERE id > ?1 AND id < ?2 ORDER BY id DESC LIMIT 1",
[SQL_DELIVERY_OF] =
"SELECT id FROM delivery WHERE id > ?1 AND id < ?2 AND lane = ?3",
[SQL_DELIVERIES] =
DELIVERY_COLUMNS "FROM delivery d JOIN lane l ON l.id = d.lane"
" WHERE d.id > ?1 AND d.id < ?2 ORDER BY d.id",
[SQL_RUNNING] =
DELIVERY_COLUMNS "FROM delivery d INDEXED BY delivery_state"
" JOIN lane l ON l.id = d.lane WHERE d.state = 1",
[SQL_DELIVERY_OPEN] =
"SELECT 1 FROM delivery WHERE id > ?1 AND id < ?2 AND state <= 1 LIMIT 1",
[SQL_DELIVERY_LOST] =
"SELECT id FROM delivery WHERE id > ?1 AND id < ?2 AND +state IN (3, 4)"
" ORDER BY id LIMIT 1",

[SQL_DUE_IN_ORDER] =
"SELECT id, at_ms FROM delivery INDEXED BY delivery_turn"
" WHERE state = 0 AND lane = ?1 ORDER BY id LIMIT ?2",
[SQL_DUE_BY_TIME] =
"SELECT id, at_ms FROM delivery INDEXED BY delivery_due"
" WHERE state = 0 AND lane = ?1 ORDER BY at_ms, id LIMIT ?2",
[SQL_DUE_NEXT] =
"SELECT min((SELECT d.at_ms FROM delivery d INDEXED BY delivery_due"
" WHERE d.state = 0 AND d.lane = l.id ORDER BY d.at_ms LIMIT 1))"
" FROM lane l WHERE l.waiting > 0",

[SQL_DUE_MOVE] =
"UPDATE delivery INDEXED BY delivery_due SET at_ms = min(at_ms + ?2, ?3)"
" WHERE state = 0 AND lane IN (SELECT id FROM lane WHERE waiting > 0)"
" AND at_ms > ?1",
[SQL_DUE_FIRST] =
"UPDATE delivery INDEXED BY delivery_due SET at_ms = ?1"
" WHERE state = 0 AND lane IN (SELECT id FROM lane WHERE waiting > 0)"
" AND at_ms > ?1 AND attempts = 0",

[SQL_ATTEMPT_ADD] =
"INSERT INTO attempt (delivery_id, number, result, started_ms, ended_ms,"
" exit_code, term_signal, output_total, note, output)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
[SQL_ATTEMPT_CUT] =
"UPDATE attempt SET output = substr(output, -?3)"
" WHERE delivery_id = ?1 AND number = ?2 AND length(output) > ?3",
[SQL_ATTEMPTS] =
"SELECT number, result, started_ms, ended_ms, exit_code, term_signal,"
" output_total, note, output FROM attempt"
" WHERE delivery_id = ?1 AND number > 0 ORDER BY number",
[SQL_ATTEMPT_STRIP] =
"UPDATE attempt SET output = x''"
" WHERE delivery_id > ?1 AND delivery_id < ?2 AND output <> x''",

[SQL_FILTER_FIND] = "SELECT id FROM filter WHERE words = ?1",
[SQL_FILTER_ADD] = "INSERT INTO filter (words) VALUES (?1)",
[SQL_FILTER_MET] =
"INSERT INTO attempt (delivery_id, number, result, started_ms, ended_ms,"
" exit_code, term_signal, output_total, note, output)"
" VALUES (?1, 0, ?2, ?3, ?3, -1, 0, ?4, '', ?5)"
" ON CONFLICT (delivery_id, number) DO UPDATE SET result = ?2,"
" started_ms = ?3, ended_ms = ?3, output_total = ?4, output = ?5",
[SQL_FILTER_GET] =
"SELECT f.words, a.result, a.output_total, a.output FROM delivery d"
" CROSS JOIN filter f ON f.id = d.filter"
" CROSS JOIN attempt a ON a.delivery_id = d.id AND a.number = 0"
" WHERE d.id = ?1",
[SQL_FILTER_FORGET] =
"DELETE FROM attempt WHERE delivery_id = ?1 AND number = 0",

[SQL_ONCE_FIND] =
"SELECT event_id FROM once WHERE lane = ?1 AND subject = ?2 AND status = ?3",
[SQL_ONCE_PUT] =
"INSERT INTO once (lane, subject, status, event_id) VALUES (?1, ?2, ?3, ?4)"
" ON CONFLICT (lane, subject, status) DO UPDATE SET event_id = ?4",

[SQL_ALARM_PUT] =
"INSERT INTO alarm (delivery_id, attempt, tries) VALUES (?1, ?2, 0)"
" ON CONFLICT (delivery_id) DO UPDATE SET attempt = ?2, tries = 0",
[SQL_ALARM_TRY] =
"UPDATE alarm SET tries = tries + ?2 WHERE delivery_id = ?1",
[SQL_ALARM_REMOVE] = "DELETE FROM alarm WHERE delivery_id = ?1",
[SQL_ALARMS] =
"SELECT u.delivery_id, l.path, u.attempt, u.tries FROM alarm u"
" CROSS JOIN delivery d ON d.id = u.delivery_id JOIN lane l ON l.id = d.lane"
" ORDER BY u.delivery_id LIMIT 64",
[SQL_ALARM_OF] =
"SELECT 1 FROM alarm WHERE delivery_id > ?1 AND delivery_id < ?2 LIMIT 1",
[SQL_ALARM_ANY] = "SELECT 1 FROM alarm LIMIT 1",

[SQL_AUDIT_ADD] =
"INSERT INTO audit (at_ms, event_id, who, what, note)"
" VALUES (?1, ?2, ?3, ?4, ?5)",
[SQL_AUDIT_OF] =
"SELECT at_ms, who, note, what FROM audit INDEXED BY audit_event"
" WHERE event_id = ?1 ORDER BY id",
[SQL_AUDIT_STRIP] =
"UPDATE audit INDEXED BY audit_event SET note = ''"
" WHERE event_id = ?1 AND who = 'sender'",
[SQL_AUDIT_LIST] =
"SELECT id, at_ms, who, what, coalesce(event_id, 0), note FROM audit"
" WHERE id < ?1 AND at_ms >= ?2 AND what <> 'copy' ORDER BY id DESC LIMIT ?3",
[SQL_AUDIT_SWEEP] =
"DELETE FROM audit WHERE id IN (SELECT id FROM audit INDEXED BY audit_other"
" WHERE event_id IS NULL AND at_ms < ?1 AND what <> 'copy' LIMIT 100)",

/* by event: from ?1 to ?2; by delivery: between them */
[SQL_PRUNE_EVENTS] =
"SELECT id, received_ms, state FROM event WHERE id >= ?1 ORDER BY id LIMIT ?2",
[SQL_PRUNE_DELIVERIES] =
"SELECT id, state FROM delivery WHERE id > ?1 AND id < ?2 ORDER BY id",
[SQL_ONCE_ANY] = "SELECT 1 FROM once LIMIT 1",
[SQL_ONCE_PRUNE] =
"DELETE FROM once WHERE (lane, subject, status) IN"
" (SELECT d.lane, e.subject, k.status FROM delivery d"
" CROSS JOIN event e ON e.id = d.id >> 16 CROSS JOIN kind k ON k.id = e.kind"
" WHERE d.id > ?1 AND d.id < ?2)"
" AND event_id >= ?1 >> 16 AND event_id < ?2 >> 16",
[SQL_ATTEMPTS_PRUNE] =
"DELETE FROM attempt WHERE delivery_id > ?1 AND delivery_id < ?2",
[SQL_ALARMS_PRUNE] =
"DELETE FROM alarm WHERE delivery_id > ?1 AND delivery_id < ?2",
[SQL_DELIVERIES_PRUNE] = "DELETE FROM delivery WHERE id > ?1 AND id < ?2",
[SQL_AUDIT_PRUNE] = "DELETE FROM audit WHERE event_id >= ?1 AND event_id <= ?2",
[SQL_OUTCOMES_PRUNE] =
"DELETE FROM outcome WHERE event_id >= ?1 AND event_id <= ?2",
[SQL_OUTCOME_PUT] =
"INSERT OR REPLACE INTO outcome (event_id, chain, subject, result)"
" VALUES (?1, ?2, ?3, ?4)",
[SQL_OUTCOME_BEFORE] =
"SELECT event_id, result FROM outcome INDEXED BY outcome_chain"
" WHERE chain = ?1 AND event_id < ?2 AND NOT (subject = ?3 AND result = ?4)"
" ORDER BY event_id DESC LIMIT 1",
[SQL_BODIES_PRUNE] = "DELETE FROM body WHERE event_id >= ?1 AND event_id <= ?2",
[SQL_EVENTS_PRUNE] = "DELETE FROM event WHERE id >= ?1 AND id <= ?2",

[SQL_SESSION_ADD] =
"INSERT INTO session (digest, kind, token, binding, began_ms, until_ms)"
" VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
[SQL_SESSION_FIND] =
"SELECT token, binding, began_ms, until_ms FROM session"
" WHERE digest = ?1 AND kind = ?2",
[SQL_SESSION_DROP] = "DELETE FROM session WHERE digest = ?1",
[SQL_SESSION_CUT] =
"DELETE FROM session WHERE digest IN (SELECT digest FROM session"
" WHERE token = ?1 ORDER BY began_ms DESC, digest DESC LIMIT -1 OFFSET ?2)",
[SQL_SESSION_CLEAR] = "DELETE FROM session",
[SQL_SESSION_SWEEP] = "DELETE FROM session WHERE until_ms <= ?1",

[SQL_APPLICATION] = "PRAGMA application_id",
[SQL_TABLES] = "SELECT count(*) FROM sqlite_schema",
[SQL_AUTO_VACUUM] = "PRAGMA auto_vacuum",
[SQL_PAGE_SIZE] = "PRAGMA page_size",
[SQL_PAGES] = "PRAGMA page_count",
[SQL_FREE_PAGES] = "PRAGMA freelist_count",
[SQL_SHRINK] = "PRAGMA incremental_vacuum(16)",
[SQL_COPY_INTO] = "VACUUM INTO ?1",
[SQL_DATA_VERSION] = "PRAGMA data_version",

[SQL_COPY_ID] = "SELECT epoch FROM place WHERE id = 1",
[SQL_COPY_ANY] =
"SELECT 1 FROM event WHERE id >= 0 UNION ALL SELECT 1 FROM fresh"
" WHERE event_id >= 0 UNION ALL SELECT 1 FROM seen WHERE key >= x'' LIMIT 1",
[SQL_COPY_NOTED] =
"SELECT id, who, note FROM audit INDEXED BY audit_other"
" WHERE event_id IS NULL AND what = 'copy'",
[SQL_COPY_NOTE] = "UPDATE audit SET at_ms = ?1, note = ?2 WHERE id = ?3",

[SQL_EXPORT_EVENT] =
EVENT_COLUMNS ", k.named_by, coalesce(l.path, ''), b.headers, b.data"
" FROM event e LEFT JOIN kind k ON k.id = e.kind"
" LEFT JOIN lane l ON l.id = e.wait_lane"
" LEFT JOIN body b ON b.event_id = e.id"
" WHERE e.id > ?1 ORDER BY e.id LIMIT 1",
[SQL_EXPORT_DELIVERY] =
"SELECT d.begun, d.at_ms, a.attempt, a.tries, o.event_id FROM delivery d"
" LEFT JOIN alarm a ON a.delivery_id = d.id"
" LEFT JOIN event e ON e.id = d.id >> 16"
" LEFT JOIN kind k ON k.id = e.kind"
" LEFT JOIN once o ON o.lane = d.lane AND o.subject = e.subject"
" AND o.status = k.status AND o.event_id = e.id WHERE d.id = ?1",
[SQL_EXPORT_SEEN] =
"SELECT key, event_id, lasting FROM seen s WHERE key > ?1 AND (lasting = 1"
" OR EXISTS (SELECT 1 FROM event e WHERE e.id = s.event_id))"
" ORDER BY key LIMIT ?2",
[SQL_EXPORT_FRESH] =
"SELECT key, event_id, lasting FROM fresh f WHERE event_id > ?1 AND"
" (lasting = 1 OR EXISTS (SELECT 1 FROM event e WHERE e.id = f.event_id))"
" ORDER BY event_id LIMIT ?2",
[SQL_IMPORT_KEY] =
"INSERT INTO seen (key, event_id, lasting) VALUES (?1, ?2, ?3)"
" ON CONFLICT (key) DO UPDATE SET event_id = excluded.event_id,"
" lasting = excluded.lasting WHERE excluded.event_id > event_id",
};
