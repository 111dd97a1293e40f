"""What the tests of the console share: a client of its API, as a user's script would be one.

As a program:
  console_client.py URL CA_FILE STATE setup ONE_TIME_PASSWORD   first login: sets a password, keeps an API token in STATE
  console_client.py URL CA_FILE STATE METHOD PATH [JSON]        prints the answer's body; exit 1 unless it is 2xx
  console_client.py URL CA_FILE STATE token [USES]              prints a new enrolment token
  console_client.py URL CA_FILE STATE all PATH                  every item of a paged list, one JSON a line
  console_client.py URL CA_FILE STATE events SECONDS            prints "unix-time event data" lines as they come
"""
import http.client
import json
import ssl
import sys
import time
import urllib.parse

PASSWORD = "correct horse battery 9"


class Console:
    def __init__(self, url, ca_file, token=None):
        self.url = urllib.parse.urlsplit(url)
        self.context = ssl.create_default_context(cafile=ca_file)
        self.headers = {"Authorization": "Bearer " + token} if token else {}
        self.connection = None

    def open(self, timeout):
        return http.client.HTTPSConnection(self.url.hostname, self.url.port, context=self.context, timeout=timeout)

    def ask(self, method, path, body=None, raw=None, kind="application/json"):
        """(status, headers, text); one new try where a kept connection had gone."""
        headers = dict(self.headers)
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            headers["Content-Type"] = kind
        for fresh in (False, True):
            try:
                if fresh or self.connection is None:
                    self.connection = self.open(60)
                self.connection.request(method, path, raw, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.headers, answer.read().decode()
            except (OSError, http.client.HTTPException):
                self.connection = None
                if fresh:
                    raise

    def get(self, path):
        status, _, text = self.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {text}")
        return json.loads(text)

    def post(self, path, body):
        status, _, text = self.ask("POST", path, body)
        if status // 100 != 2:
            raise RuntimeError(f"POST {path}: {status} {text}")
        return json.loads(text) if text else None

    def all(self, path):
        cursor = None
        while True:
            joined = path + ("&" if "?" in path else "?") + "limit=500"
            page = self.get(joined + ("&cursor=" + urllib.parse.quote(cursor) if cursor else ""))
            yield from page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def first_login(self, one_time_password):
        """Changes the one-time password as the page makes a new user do; afterwards this client has an API token."""
        status, headers, text = self.ask("POST", "/api/v1/session", {"user": "admin", "password": one_time_password})
        if status != 200:
            raise RuntimeError(f"login: {status} {text}")
        session = json.loads(text)
        assert session["must_change_password"], session
        self.headers = {"Cookie": headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": session["csrf_token"]}
        status, headers, text = self.ask("POST", "/api/v1/session/password",
                                         {"old": one_time_password, "new": PASSWORD})
        if status != 200:
            raise RuntimeError(f"password: {status} {text}")
        if headers.get("Set-Cookie"):
            self.headers = {"Cookie": headers["Set-Cookie"].split(";")[0],
                            "X-CSRF-Token": json.loads(text)["csrf_token"]}
        token = self.post("/api/v1/tokens", {"name": "tests", "role": "admin"})["secret"]
        self.headers = {"Authorization": "Bearer " + token}
        return token

    def events(self, seconds, last_id=None):
        """(time, name, data) of server-sent events, as they come."""
        connection = self.open(seconds + 20)
        headers = dict(self.headers)
        if last_id:
            headers["Last-Event-ID"] = last_id
        connection.request("GET", "/api/v1/events", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"events: {answer.status} {answer.read()}")
        end, name, data = time.time() + seconds, "message", []
        while time.time() < end:
            line = answer.readline()
            if not line:
                return
            line = line.decode().rstrip("\n")
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())
            elif not line and data:
                yield time.time(), name, "\n".join(data)
                name, data = "message", []


def main(argv):
    url, ca_file, state, verb = argv[:4]
    rest = argv[4:]
    if verb == "setup":
        token = Console(url, ca_file).first_login(rest[0])
        with open(state, "w", encoding="ascii") as out:
            out.write(token)
        return 0
    with open(state, encoding="ascii") as kept:
        console = Console(url, ca_file, kept.read())
    if verb == "token":
        uses = int(rest[0]) if rest else 1
        print(console.post("/api/v1/enrolment-tokens", {"name": "tests", "max_uses": uses})["token"])
    elif verb == "all":
        for item in console.all(rest[0]):
            print(json.dumps(item))
    elif verb == "events":
        for at, name, data in console.events(float(rest[0])):
            print(f"{at:.3f} {name} {data}", flush=True)
    else:
        status, _, text = console.ask(verb, rest[0], raw=rest[1].encode() if len(rest) > 1 else None)
        print(text)
        return 0 if status // 100 == 2 else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
