"""What has to hold behind every web server, written once.

run(Server) starts the server and goes through REFUSALS and then through every
function marked @case. At the end nothing that was refused may have run, and
nothing that was accepted may have run twice.
"""
import base64
import concurrent.futures
import gzip
import http.client
import json
import os
import pwd
import re
import socket
import threading
import time

import sign
from harness import (BODY_LIMIT, CUSTOM_SECRET, OLD_SECRET, PATIENCE_S, TOP,
                     Site, Tap, exchange, raw_request, rounds,
                     temporary_folder, wait_for_idle_runner, wait_until,
                     within, write)

JSON = [('Content-Type', 'application/json')]
BEARER = [('Authorization', 'Bearer ' + CUSTOM_SECRET.decode())]
QUERY = '?secret=pa+ss%2Bw%25rd%261'
VECTORS = TOP + '/tests/vectors'

# the names that a handler may find, cgihook-handler(7)
NAMES = re.compile(r'''PATH|HOME|USER|LOGNAME|SHELL|LANG|TMPDIR
|HOOK_(ID|DELIVERY|ATTEMPT|FENCE|RUN|SOURCE|PROVIDER|EVENT|TYPE|ACTION|STATUS
|RESULT|PREVIOUS_RESULT|PAGE|PROJECT
|BRANCH|TAG|COMMIT|TITLE|AUTHOR|NAME|NUMBER|URL|SUBJECT|RECEIVED_AT|REMOTE_ADDR
|OMITTED|OMITTED_COUNT)|(DRONE|CI|CIRCLE|PAYLOAD)_[A-Z0-9_]+|DRONE|CI|CIRCLECI''', re.X)

_serial = iter(range(1, 1 << 30))


def build(status='failure', **more):
    """a Drone build event unlike any other"""
    number = 1000 + next(_serial)
    event = {
        'event': 'build', 'action': 'updated',
        'repo': {'slug': 'octocat/hello-world', 'namespace': 'octocat',
                 'name': 'hello-world'},
        'build': {'number': number, 'status': status, 'event': 'push',
                  'message': 'updated README', 'target': 'main',
                  'author_name': 'The Octocat'}}
    for path, value in more.items():
        event[path] = value
    return json.dumps(event).encode()


def workflow(**more):
    event = {'type': 'workflow-completed',
             'id': f'4a2b0000-0000-4000-8000-{next(_serial):012}',
             'happened_at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
             'workflow': {'id': 'fda08377-fe7e-46b1-8992-3a7aaecac9c3',
                          'name': 'build', 'status': 'success'}}
    event.update(more)
    return json.dumps(event).encode()


class Session:
    """a site behind a running server, and what was accepted so far"""

    def __init__(self, server, site):
        self.server, self.site = server, site
        self.accepted = set()

    def send(self, path, headers, body=b'', method='POST', framing='length'):
        reply = exchange(self.server.port, raw_request(
            method, self.server.path + path, headers, body, framing))
        if reply.status == 202:
            self.accepted.add(reply.id)
        return reply

    def drone(self, body, headers=None, **more):
        return self.send('/drone', headers or sign.drone(body), body, **more)

    def expect(self, reply, code, **members):
        assert reply.status == code, f'{reply}, not {code}'
        assert reply.headers['Content-Type'].startswith('application/json'), \
            reply.headers
        answer = reply.json()
        for name, value in members.items():
            assert answer.get(name) == value, answer
        return reply

    def queued(self, reply):
        return self.expect(reply, 202, status='queued')


# --- refusals: (name, path, function from server to (headers, body), status) ---

REFUSALS = []


def refused(status, path='/drone', **send):
    def take(function):
        REFUSALS.append((function.__name__.replace('_', ' '), status, path,
                         function, send))
        return function
    return take


def changed(headers, name, value):
    """headers with another value for one of them, or (None) without it"""
    assert any(n == name for n, _ in headers)
    return [(n, value if n == name else v) for n, v in headers
            if n != name or value is not None]


@refused(404, '/unknown')
def an_unknown_source():
    body = build()
    return sign.drone(body), body


@refused(404, '')
def no_source_at_all():
    body = build()
    return sign.drone(body), body


@refused(404, '/')
def no_source_but_a_slash():
    body = build()
    return sign.drone(body), body


@refused(404, '/-/drone')
def a_reserved_address():
    body = build()
    return sign.drone(body), body


@refused(404, '/-')
def a_reserved_name():
    body = build()
    return sign.drone(body), body


@refused(404, '/drone/more')
def something_below_a_source():
    body = build()
    return sign.drone(body), body


@refused(405, method='PUT')
def a_put():
    body = build()
    return sign.drone(body), body


@refused(405, method='GET')
def a_get():
    return [], b''


@refused(401)
def no_signature():
    return changed(sign.drone(body := build()), 'Signature', None), body


@refused(401)
def no_digest():
    return changed(sign.drone(body := build()), 'Digest', None), body


@refused(401)
def no_date():
    return changed(sign.drone(body := build()), 'Date', None), body


@refused(401)
def the_wrong_secret():
    return sign.drone(body := build(), secret=b'not it'), body


@refused(401)
def the_secret_as_hexadecimal_digits_decoded():
    secret = bytes.fromhex('bea26a2221fd8090ea38720fc445eca6')
    return sign.drone(body := build(), secret=secret), body


@refused(401)
def a_body_changed_in_one_byte():
    body = build()
    return sign.drone(body), body.replace(b'README', b'readme')


@refused(401)
def a_changed_body_with_its_own_digest():
    body, other = build(), build()
    return changed(sign.drone(body), 'Digest', sign.digest(other)), other


@refused(401)
def a_digest_that_is_right_but_not_signed():
    body = build()
    return sign.drone_by_httpsig(body, signed=('date',)), body


@refused(401)
def a_date_an_hour_old():
    return sign.drone(body := build(), offset_s=-3600), body


@refused(401)
def a_date_an_hour_ahead():
    return sign.drone(body := build(), offset_s=3600), body


@refused(401)
def an_old_capture_of_real_drone():
    return capture('build-updated-success.http')


@refused('twice')
def a_signature_that_comes_twice():
    headers = sign.drone(body := build())
    return headers + [h for h in headers if h[0] == 'Signature'], body


@refused('twice')
def a_digest_that_comes_twice():
    headers = sign.drone(body := build())
    return headers + [h for h in headers if h[0] == 'Digest'], body


@refused((400, 401))
def two_event_headers_that_differ():
    return sign.drone(body := build()) + [('X-Drone-Event', 'user')], body


@refused(400)
def an_event_header_that_contradicts_the_body():
    return sign.drone(body := build(), event='user'), body


@refused(415)
def another_content_type():
    headers = changed(sign.drone(body := build()), 'Content-Type', 'text/plain')
    return headers, body


@refused(415)
def a_body_compressed_by_another_method_than_gzip():
    headers = sign.drone(body := build()) + [('Content-Encoding', 'br')]
    return headers, body


def packed(body):
    """a body as gzip, signed as it is sent"""
    return sign.drone(body) + [('Content-Encoding', 'gzip')], body


@refused(400)
def a_body_that_is_not_a_gzip_stream():
    return packed(build())


@refused(400)
def a_gzip_stream_cut_short():
    return packed(gzip.compress(build())[:-1])


@refused(400)
def a_gzip_stream_with_something_after_it():
    return packed(gzip.compress(build()) + b'x')


@refused(413)
def a_gzip_stream_that_unpacks_to_more_than_the_limit():
    return packed(gzip.compress(build(more=' ' * BODY_LIMIT)))


@refused(401)
def a_gzip_stream_that_was_signed_before_it_was_packed():
    return (sign.drone(body := build()) + [('Content-Encoding', 'gzip')],
            gzip.compress(body))


@refused(415)
def a_form_for_a_sender_that_sends_none():
    return changed(sign.drone(body := build()), 'Content-Type',
                   'application/x-www-form-urlencoded'), body


@refused(400)
def an_empty_body_signed():
    return sign.drone(b''), b''


@refused(401)
def an_empty_body_unsigned():
    return JSON, b''


@refused(400)
def a_body_that_is_no_json():
    return sign.drone(b'{"event":build}'), b'{"event":build}'


@refused(400)
def a_body_that_is_no_object():
    return sign.drone(b'["build"]'), b'["build"]'


@refused(400)
def a_body_cut_short_and_signed_so():
    body = build()[:-1]
    return sign.drone(body), body


@refused(400)
def an_event_name_with_a_path_in_it():
    body = build(event='../../../../bin/sh')
    return sign.drone(body, event=None), body


@refused(400)
def an_event_name_with_a_shell_in_it():
    body = build(event='$(reboot)')
    return sign.drone(body, event=None), body


@refused(400)
def an_action_with_a_nul_in_it():
    body = build(action='updated\0')
    return sign.drone(body), body


@refused(400)
def an_event_of_64_letters():
    body = build(event='e' * 64)
    return sign.drone(body, event=None), body


@refused(400)
def an_event_that_is_there_twice():
    body = build().replace(b'{"event"', b'{"event": "user", "event"', 1)
    return sign.drone(body, event=None), body


@refused(413)
def one_byte_over_the_limit():
    return sign.drone(body := build().ljust(BODY_LIMIT + 1)), body


@refused(413, framing='chunked')
def one_byte_over_the_limit_in_chunks():
    return sign.drone(body := build().ljust(BODY_LIMIT + 1)), body


@refused(413)
def a_body_over_the_limit_unsigned():
    return JSON, b' ' * (BODY_LIMIT + 1)


@refused(401, '/circleci')
def circleci_without_signature():
    return changed(sign.circleci(body := workflow()), 'circleci-signature',
                   None), body


@refused(401, '/circleci')
def circleci_with_the_wrong_secret():
    return sign.circleci(body := workflow(), secret=b'wrong'), body


@refused(401, '/circleci')
def circleci_with_a_changed_body():
    return sign.circleci(body := workflow()), body.replace(b'succ', b'fail')


@refused(401, '/circleci')
def circleci_with_another_version_alone():
    headers = sign.circleci(body := workflow())
    value = dict(headers)['circleci-signature'].replace('v1=', 'v2=')
    return changed(headers, 'circleci-signature', value), body


@refused(401, '/circleci')
def circleci_that_drone_has_signed():
    return sign.drone(body := workflow(), event=None), body


@refused(400, '/circleci')
def circleci_with_a_header_that_contradicts_the_type():
    return sign.circleci(body := workflow(), event='ping'), body


@refused(400, '/circleci')
def circleci_with_a_path_for_a_type():
    body = workflow(type='../all')
    return sign.circleci(body, event='../all'), body


@refused(401, '/circleci')
def circleci_with_an_event_older_than_is_kept():
    return sign.circleci(
        body := workflow(happened_at='1600-01-01T00:00:00Z')), body


@refused(401, '/deploy')
def custom_without_secret():
    return JSON, b'{}'


@refused(401, '/deploy?secret=Mellon-not')
def custom_with_the_wrong_secret():
    return JSON, b'{}'


@refused(401, '/deploy?secret=')
def custom_with_an_empty_secret():
    return JSON, b'{}'


@refused(401, '/deploy?secret=pa+ss%2Bw%25rd%26')
def custom_with_a_secret_one_letter_short():
    return JSON, b'{}'


@refused(401, '/deploy')
def custom_with_the_wrong_bearer():
    return [('Authorization', 'Bearer Mellon')], b'{}'


@refused(400, '/deploy' + QUERY)
def custom_with_a_body_that_is_no_object():
    return JSON, b'7'


EVENT_PING = b'{"version":1,"application_id":"1","type":0}'


@refused(401, '/discord')
def a_discord_ping_without_a_signature():
    return JSON, EVENT_PING


@refused(401, '/discord')
def a_discord_ping_signed_as_another_one():
    return sign.discord(EVENT_PING), EVENT_PING.replace(b'0', b'1')


@refused(401, '/discord')
def a_discord_ping_of_an_hour_ago():
    return sign.discord(EVENT_PING, -3600), EVENT_PING


@refused(401, '/message')
def a_message_signed_for_another_address():
    return sign.message(b'{}', '/message'), b'{}'


def capture(name):
    """a request that real Drone has sent, as (headers, body)"""
    with open(f'{VECTORS}/drone/{name}', 'rb') as f:
        head, _, body = f.read().partition(b'\r\n\r\n')
    lines = [line.split(': ', 1) for line in head.decode().split('\r\n')[1:]]
    return [(name, value) for name, value in lines
            if name not in ('Host', 'Content-Length')], body


def check_refusal(session, status, path, make, send):
    headers, body = make()
    if 'framing' in send and len(body) > session.server.chunked_max:
        return
    if status == 'twice':
        status = session.server.twice
    reply = session.send(path, headers, body, **send)
    wanted = status if isinstance(status, tuple) else (status,)
    assert reply.status in wanted, f'{reply}, not {status}'
    if reply.status == 404:
        text = 'not found' if path.strip('/') else 'this address receives ' \
            'webhooks: add / and the name of a source to it'
        assert reply.json() == {'error': text, 'path_info': path}, reply
    else:
        assert list(reply.json()) == ['error'], reply
    if reply.status == 401:
        assert reply.json() == {'error': 'unauthorized'}, reply
    if reply.status == 405:
        assert 'POST' in reply.headers['Allow'], reply.headers
    if reply.status == 415:
        assert 'application/json' in reply.json()['error'], reply


# --- what is accepted, and what is special -----------------------------------

CASES = []


def case(function):
    CASES.append(function)
    return function


@case
def a_drone_event_runs_each_of_its_handlers_once(s):
    event_id = s.queued(s.drone(build())).id
    for handler in ('build', 'build.updated', 'build.failure',
                    'build.completed', 'build.d/10-first', 'build.d/20-second',
                    'all'):
        run = s.site.run_of(event_id, handler)
        assert run['HOOK_DELIVERY'] == f'{event_id}/{handler}'
    names = s.site.handlers_run(event_id)
    assert len(names) == 7, names


@case
def an_event_without_a_handler_of_its_own_runs_all(s):
    body = build(event='user', user={'login': 'octocat'})
    event_id = s.queued(s.drone(body, sign.drone(body, event='user'))).id
    assert s.site.run_of(event_id, 'all')['HOOK_EVENT'] == 'user'


@case
def the_environment_says_what_happened(s):
    before = time.time()
    body = build()
    event_id = s.queued(s.drone(body)).id
    run = s.site.run_of(event_id, 'build')
    number = str(json.loads(body)['build']['number'])
    for name, value in {
            'HOOK_ID': str(event_id), 'HOOK_ATTEMPT': '1',
            'HOOK_SOURCE': 'drone', 'HOOK_PROVIDER': 'drone',
            'HOOK_EVENT': 'build', 'HOOK_ACTION': 'updated',
            'HOOK_STATUS': 'failure', 'HOOK_RESULT': 'failure',
            'HOOK_PROJECT': 'octocat/hello-world', 'HOOK_BRANCH': 'main',
            'HOOK_NUMBER': number, 'HOOK_TITLE': 'updated README',
            'HOOK_AUTHOR': 'The Octocat',
            'HOOK_SUBJECT': 'octocat/hello-world#' + number,
            'HOOK_REMOTE_ADDR': '127.0.0.1', 'PAYLOAD_BUILD_NUMBER': number,
            'PATH': '/usr/local/bin:/usr/bin:/bin', 'LANG': 'C.UTF-8',
            'TMPDIR': '/tmp', 'HOME': pwd.getpwnam(s.server.user).pw_dir,
            'USER': s.server.user}.items():
        assert run.environment.get(name) == value.encode(), \
            (name, run.environment.get(name))
    received = time.mktime(time.strptime(
        run['HOOK_RECEIVED_AT'][:19] + 'UTC', '%Y-%m-%dT%H:%M:%S%Z')) \
        - time.timezone
    assert before - 2 <= received <= time.time() + 2
    assert run['HOOK_RECEIVED_AT'].endswith('Z')
    assert run.folder == s.site.folder + '/handlers/drone'


@case
def the_environment_has_nothing_that_the_manual_does_not_name(s):
    body = build()
    run = s.site.run_of(s.queued(s.drone(body, sign.drone(body) + [
        ('X-Other', 'of the request'), ('Proxy', 'evil')])).id, 'build')
    others = [name for name in run.environment if not NAMES.fullmatch(name)]
    assert others == [], others


@case
def the_body_arrives_byte_for_byte(s):
    body = (b'\r\n{ "event":"build","action":"updated",\t'
            + '"build":{"status":"failure","message":"Grüße 🦀 \\u00e9"}'.encode()
            + b',"n":1.0e+2,"n2":12345678901234567890 }\n\n')
    event_id = s.queued(s.drone(body)).id
    run = s.site.run_of(event_id, 'build')
    assert run.stdin == body
    assert run['PAYLOAD_N'] == '1.0e+2'
    assert run['PAYLOAD_N2'] == '12345678901234567890'
    assert run['PAYLOAD_BUILD_MESSAGE'] == 'Grüße 🦀 é'


@case
def a_packed_body_is_unpacked_once_it_is_verified(s):
    body = build()
    event_id = s.queued(s.drone(*reversed(packed(gzip.compress(body))))).id
    run = s.site.run_of(event_id, 'build')
    assert run.stdin == body
    assert run['HOOK_NUMBER'] == str(json.loads(body)['build']['number'])


@case
def a_value_is_a_value_whatever_it_looks_like(s):
    message = '''$(touch /tmp/x) `id` "quoted" 'single' ; & | \\ \t
second line\r\nGrüße 🦀 %s %n HOOK_ID=1'''
    body = build(build={'number': 1, 'status': 'failure', 'message': message,
                        'target': '-rf * $(id)'})
    run = s.site.run_of(s.queued(s.drone(body)).id, 'build')
    assert run['PAYLOAD_BUILD_MESSAGE'] == message
    assert run['HOOK_TITLE'] == message.split('\n')[0], run['HOOK_TITLE']
    assert run['HOOK_BRANCH'] == '-rf * $(id)'
    assert run['PAYLOAD_BUILD_NUMBER'] == '1'


@case
def what_is_left_out_is_named(s):
    body = build(long='x' * (70 << 10))
    run = s.site.run_of(s.queued(s.drone(body)).id, 'build')
    assert 'PAYLOAD_LONG' not in run.environment
    assert run['HOOK_OMITTED'].split() == ['PAYLOAD_LONG']
    assert run['HOOK_OMITTED_COUNT'] == '1'


@case
def a_check_goes_the_whole_way_and_becomes_no_event(s):
    body = b'{"cgihook":"check"}\n'
    for path, headers in (('/drone', sign.drone(body)),
                          ('/circleci', sign.circleci(body, event='ping')),
                          ('/deploy', BEARER + JSON)):
        for _ in range(2):
            reply = s.send(path, headers, body)
            s.expect(reply, 200, status='checked')
            assert list(reply.json()) == ['status', 'folder'], reply
    for path, headers in (('/drone', sign.drone(body, secret=b'wrong')),
                          ('/circleci', sign.circleci(body, secret=b'wrong')),
                          ('/deploy', JSON)):
        assert s.send(path, headers, body).json() == \
            {'error': 'unauthorized'}


@case
def a_replay_is_answered_and_runs_nothing(s):
    body = build()
    headers = sign.drone(body)
    event_id = s.queued(s.drone(body, headers)).id
    s.site.run_of(event_id, 'build')
    for _ in range(2):
        reply = s.drone(body, headers)
        s.expect(reply, 200, status='duplicate', id=event_id)


@case
def the_older_of_two_secrets_still_counts(s):
    s.queued(s.drone(body := build(), sign.drone(body, secret=OLD_SECRET)))


@case
def openssl_signs_a_drone_event(s):
    s.queued(s.drone(body := build(), sign.drone_by_openssl(body)))


@case
def httpsig_signs_a_drone_event_in_authorization(s):
    s.queued(s.drone(body := build(), sign.drone_by_httpsig(body)))


@case
def basic_authorization_beside_the_signature_is_no_matter(s):
    basic = 'Basic ' + base64.b64encode(b'user:password').decode()
    body = build()
    s.queued(s.drone(body, sign.drone(body) + [('Authorization', basic)]))


@case
def a_slash_at_the_end_is_tolerated(s):
    body = build()
    s.queued(s.send('/drone/', sign.drone(body), body))


@case
def real_drone_requests_of_any_size_are_genuine(s):
    for name in ('build-updated-success.http', 'build-updated-large.http',
                 'user-created.http', 'repo-deleted.http',
                 'v1.0.0-build-updated.http'):
        headers, body = capture(name)
        reply = s.send('/captured', headers, body)
        s.queued(reply)
        assert s.site.run_of(reply.id, 'all').stdin == body


@case
def a_header_spelt_with_underscores_cannot_contradict(s):
    body = build()
    reply = s.drone(body, sign.drone(body) + [('X_Drone_Event', 'user')])
    if s.server.underscores_arrive:
        s.expect(reply, 400)
    else:
        s.queued(reply)


@case
def a_body_in_chunks_is_as_good_as_any(s):
    body = build(pad='x' * min(50000, s.server.chunked_max - 1000))
    reply = s.queued(s.drone(body, framing='chunked'))
    assert s.site.run_of(reply.id, 'build').stdin == body


@case
def a_body_of_just_the_limit_is_accepted(s):
    body = build().ljust(BODY_LIMIT)
    reply = s.queued(s.drone(body))
    assert s.site.run_of(reply.id, 'build').stdin == body


@case
def a_circleci_event_runs_its_handlers(s):
    body = workflow()
    event_id = s.queued(s.send('/circleci', sign.circleci(body), body)).id
    run = s.site.run_of(event_id, 'workflow-completed')
    assert run.stdin == body
    assert run['HOOK_STATUS'] == 'success' and run['HOOK_RESULT'] == 'success'
    assert run['HOOK_NAME'] == 'build'
    assert 'HOOK_ACTION' not in run.environment
    s.site.run_of(event_id, 'all')


@case
def a_circleci_signature_among_others_counts(s):
    body = workflow()
    headers = sign.circleci(body)
    value = dict(headers)['circleci-signature']
    s.queued(s.send('/circleci', changed(
        headers, 'circleci-signature', f'v0=abc, {value} ,v2=00'), body))


@case
def two_lines_of_circleci_signatures_are_one_list(s):
    body = workflow()
    s.queued(s.send('/circleci', [('circleci-signature', 'v1=' + '0' * 64)]
                    + sign.circleci(body), body))


@case
def a_circleci_event_sent_again_is_known_by_its_id(s):
    body = workflow()
    event_id = s.queued(s.send('/circleci', sign.circleci(body), body)).id
    again = body.replace(b'build', b'other')
    assert again != body
    s.expect(s.send('/circleci', sign.circleci(again), again), 200,
             status='duplicate', id=event_id)


@case
def custom_takes_its_secret_from_the_query(s):
    body = b'{"branch":"feature/x y"}'
    event_id = s.queued(s.send('/deploy' + QUERY, JSON, body)).id
    run = s.site.run_of(event_id, 'received')
    assert run.environment.pop('BRANCH') == b'feature/x y'
    assert run['HOOK_EVENT'] == 'received'
    others = [name for name in run.environment if not NAMES.fullmatch(name)]
    assert others == [], others
    assert not any(CUSTOM_SECRET in value
                   for value in run.environment.values())


@case
def custom_takes_its_secret_from_a_bearer(s):
    s.queued(s.send('/deploy', JSON + BEARER, b'{}'))


@case
def custom_without_a_body_is_an_empty_object(s):
    event_id = s.queued(s.send('/deploy' + QUERY, [])).id
    assert s.site.run_of(event_id, 'received').stdin == b''


@case
def custom_takes_json_by_any_other_name(s):
    form = [('Content-Type', 'application/x-www-form-urlencoded')]
    s.queued(s.send('/deploy' + QUERY, form, b'{"branch":"main"}'))


@case
def custom_is_new_every_time_unless_it_has_a_key(s):
    ids = {s.queued(s.send('/deploy' + QUERY, JSON, b'{}')).id
           for _ in range(2)}
    assert len(ids) == 2
    key = [('Idempotency-Key', 'deploy of tuesday')]
    event_id = s.queued(s.send('/deploy' + QUERY, JSON + key, b'{}')).id
    s.expect(s.send('/deploy' + QUERY, JSON + key, b'{}'), 200,
             status='duplicate', id=event_id)


@case
def a_discord_ping_is_answered_without_a_body(s):
    """and the connection can be used again"""
    connection = http.client.HTTPConnection('127.0.0.1', s.server.port,
                                            timeout=PATIENCE_S)
    for body, status, answer in ((EVENT_PING, 204, b''),
                                 (b'{"type":1}', 200, b'{"type":1}'),
                                 (EVENT_PING, 204, b'')):
        connection.request('POST', s.server.path + '/discord', body,
                           dict(sign.discord(body)))
        reply = connection.getresponse()
        assert (reply.status, reply.read()) == (status, answer), reply.status
        if status == 204:
            # RFC 9110 8.6, RFC 9112 6.1
            assert 'Content-Length' not in reply.headers, reply.headers
            assert 'Transfer-Encoding' not in reply.headers, reply.headers
    connection.close()


@case
def a_signed_message_arrives_as_it_was_signed(s):
    for query in '', '?', '?b=2&a=%7E%2f&a=1':
        body = json.dumps({'id': str(next(_serial))}).encode()
        headers = sign.message(body, s.server.path + '/message' + query)
        first = s.queued(s.send('/message' + query, headers, body))
        s.site.run_of(first.id, 'received')
        again = s.send('/message' + query, headers, body)
        s.expect(again, 200, status='duplicate', id=first.id)


def by_key(s, source, key, body=b'{}'):
    return s.send('/' + source, JSON + BEARER + [('Idempotency-Key', key)],
                  body)


def gitlab_push(s, key, before, after):
    return s.send('/gitlab', JSON + [
        ('X-Gitlab-Token', CUSTOM_SECRET.decode()),
        ('X-Gitlab-Event', 'Push Hook'), ('Idempotency-Key', key)],
        b'{"object_kind":"push","ref":"refs/heads/main","before":"%s",'
        b'"after":"%s"}' % (before * 40, after * 40))


@case
def a_push_there_and_back_and_there_again_runs_three_times(s):
    """the first and the third have the same body"""
    pushes = (('one', b'a', b'b'), ('two', b'b', b'a'), ('three', b'a', b'b'))
    ids = [s.queued(gitlab_push(s, *push)).id for push in pushes]
    for event_id in ids:
        s.site.run_of(event_id, 'push')
    for push, event_id in zip(pushes, ids):
        s.expect(gitlab_push(s, *push), 200, status='duplicate', id=event_id)


def attempt_of(s, source, result, event_id):
    wait_until(lambda: re.search(
        rb'\battempt result=%s source=%s handler=received id=%d ' % (
            result, source.encode(), event_id), s.site.log()),
        f'an attempt of event {event_id}')


@case
def a_duplicate_of_a_dead_event_says_how_to_retry_it(s):
    event_id = s.queued(by_key(s, 'frail', 'once')).id
    attempt_of(s, 'frail', rb'\w+', event_id)
    for _ in range(2):
        reply = by_key(s, 'frail', 'once')
        assert reply.status == 200 and reply.json() == {
            'id': event_id, 'status': 'duplicate', 'state': 'dead',
            'retry': f'cgihook retry {event_id}'}, reply
    lines = re.findall(rb'request status=200 source=frail .* id=%d .*'
                       % event_id, s.site.log())
    assert all(b' state=dead' in line and b'retried' not in line
               for line in lines), lines


@case
def with_redeliver_a_duplicate_retries_what_is_dead(s):
    event_id = s.queued(by_key(s, 'again', 'once')).id
    attempt_of(s, 'again', rb'\w+', event_id)
    write(f'{s.site.folder}/mended-{event_id}', '')
    s.expect(by_key(s, 'again', 'once'), 202, status='retried', id=event_id)
    attempt_of(s, 'again', rb'done', event_id)
    reply = by_key(s, 'again', 'once')
    assert reply.status == 200 and reply.json() == {
        'id': event_id, 'status': 'duplicate'}, reply
    wait_until(lambda: re.search(
        rb'request status=202 source=again .* id=%d .* state=dead retried=1'
        % event_id, s.site.log()), 'the line of what was retried')


@case
def a_waiting_caller_gets_the_handlers_output(s):
    reply = s.send('/ask' + QUERY, JSON, b'{}')
    assert reply.status == 200, reply
    assert reply.headers['Content-Type'].startswith('text/plain')
    assert re.fullmatch(rb'the answer to \d+\n', reply.body), reply


@case
def a_waiting_caller_hears_of_failures_in_kind(s):
    for exit_status, status in ((100, 500), (1, 503)):
        reply = s.send('/ask' + QUERY, JSON, b'{"exit":%d}' % exit_status)
        assert reply.status == status, reply
        assert reply.body.startswith(b'the answer'), reply


@case
@rounds
def a_waiting_caller_waits_no_longer_than_the_deadline(s):
    with within(15):
        reply = s.send('/hasty' + QUERY, JSON, b'{}')
    assert reply.status == 504, reply


@case
@rounds
def a_caller_does_not_wait_for_what_a_condition_filters(s):
    reply = s.send('/picky' + QUERY, JSON,
                   b'{"branch":"main","ref":"refs/heads/main"}')
    assert reply.status == 200, reply
    for body in (b'{"branch":"dev"}', b'{}', b'{"branch":"main\\n"}',
                 b'{"branch":"main","ref":"refs/tags/v1/rc"}'):
        with within(25):
            event_id = s.queued(s.send('/picky' + QUERY, JSON, body)).id
        wait_until(lambda: re.search(
            rb'filtered source=picky event=received id=%d handler=received '
            rb'when=' % event_id, s.site.log()), 'the runner to filter it')
    assert b'attempt result=done source=picky handler=received id=%d ' \
        % event_id not in s.site.log()


@case
def many_at_once_are_all_accepted(s):
    bodies = [build() for _ in range(40)]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(s.drone, bodies))
    ids = {s.queued(reply).id for reply in replies}
    assert len(ids) == len(bodies)
    for event_id in ids:
        s.site.run_of(event_id, 'build')


@case
def the_same_event_at_once_is_accepted_once(s):
    body = build()
    headers = sign.drone(body)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: s.drone(body, headers), range(10)))
    assert sorted(r.status for r in replies) == [200] * 9 + [202], \
        [str(r) for r in replies]
    assert len({r.id for r in replies}) == 1


@case
def a_client_that_breaks_off_leaves_nothing_behind(s):
    body = build()
    whole = raw_request('POST', s.server.path + '/drone', sign.drone(body), body)
    s.queued(s.drone(build()))
    wait_for_idle_runner(s.site.config)
    before = s.server.descriptors()
    for cut in (10, len(whole) - len(body) - 2, len(whole) - len(body),
                len(whole) - 1):
        for reset in (False, True):
            with socket.create_connection(('127.0.0.1', s.server.port),
                                          PATIENCE_S) as c:
                c.sendall(whole[:cut])
                time.sleep(0.05)
                if reset:  # an RST in the place of a FIN: linger for 0 s
                    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 b'\1\0\0\0\0\0\0\0')
    s.queued(s.drone(build()))
    wait_for_idle_runner(s.site.config)
    wait_until(lambda: s.server.descriptors() <= before
               + s.server.kept_connections,
               f'descriptors to be closed: {before} before, '
               f'now {s.server.descriptors()}')


@case
@rounds
def a_slow_client_does_not_hold_up_others(s):
    body = build()
    whole = raw_request('POST', s.server.path + '/drone', sign.drone(body), body)
    done = threading.Event()

    def dawdle():
        with socket.create_connection(('127.0.0.1', s.server.port)) as c:
            c.sendall(whole[:-20])
            done.wait(PATIENCE_S)

    threads = [threading.Thread(target=dawdle) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        with within(4):
            s.queued(s.drone(build()))
    finally:
        done.set()
        for thread in threads:
            thread.join()


@case
def no_log_knows_a_secret_or_a_query(s):
    s.queued(s.send('/deploy' + QUERY, JSON + BEARER, b'{}'))
    wait_until(lambda: '/deploy ' in s.server.access_log(), 'the access log')
    for name, text in (('access', s.server.access_log()),
                       ("server's own", s.server.output()),
                       ('cgihook', s.site.log().decode())):
        for secret in ('pa+ss', 'pa ss', 'pa%20ss', 'ss%2Bw', 'Mellon'):
            assert secret not in text, f'{secret} is in the {name} log'


@case
def each_request_is_one_line_of_the_log(s):
    event_id = s.queued(s.drone(body := build())).id
    s.site.run_of(event_id, 'build')
    lines = wait_until(lambda: [
        line for line in s.site.log().splitlines()
        if re.search(rb'\brequest status=202 source=drone event=build '
                     rb'action=updated id=%d bytes=%d ms=\d+'
                     % (event_id, len(body)), line)], 'the line in the log')
    assert len(lines) == 1, lines
    attempts = wait_until(lambda: [
        line for line in s.site.log().splitlines()
        if re.search(rb'\battempt result=done source=drone handler=build id=%d '
                     rb'attempt=1 exit=0 ms=\d+' % event_id, line)],
        'the attempt in the log')
    assert len(attempts) == 1, attempts


def nothing_else_has_run(session):
    session.server.wait_until_idle()
    extra = session.site.ids_run() - session.accepted
    assert not extra, f'events ran that were not accepted: {extra}'
    again = [name for name in os.listdir(session.site.records)
             if not name.endswith('.1')]
    assert not again, f'ran again, or never ended: {again}'


def run(server_class):
    tap = Tap()
    with temporary_folder() as folder:
        session = Session(None, Site(folder, server_class.config))
        session.server = server = server_class(session.site)
        try:
            tap.test(f'{server.name} starts', server.start)
            if not tap.failed:
                for name, *how in REFUSALS:
                    tap.test(f'{server.name} refuses {name}', check_refusal,
                             session, *how)
                for function in CASES:
                    tap.test(f'{server.name}: '
                             + function.__name__.replace('_', ' '),
                             function, session)
                tap.test(f'{server.name}: nothing else has run',
                         nothing_else_has_run, session)
            if tap.failed:
                for line in (server.output()
                             + session.site.log().decode(errors='replace')
                             ).splitlines()[-40:]:
                    print('# log: ' + line)
        finally:
            tap.test(f'{server.name} ends', server.stop)
    tap.finish()
