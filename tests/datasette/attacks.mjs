// What somebody inside Acme's visit could write to get at another organization's data, and what comes of it:
// who answers (the tool, or the gateway without asking the tool) and with which status.

const CRLF = "\r\n";

/** `[what, request as written, outcome]` for each attack on `victim`; `host` is Acme's, with its port. */
export function attacks({ host, port, cookie, victim }) {
  const credentials = `Cookie: ${cookie}`;
  const written = (line, ...headers) =>
    [line, ...headers, credentials, "Connection: close", "", ""].join(CRLF);
  const get = (target, ...headers) => written(`GET ${target} HTTP/1.1`, `Host: ${host}`, ...headers);
  const elsewhere = `${victim}--datasette.localhost:${port}`;
  const sql = (text) => `/acme?sql=${encodeURIComponent(text)}`;
  const own = "/acme/machines/1.json";
  const smuggled = `GET /${victim}/secrets.json HTTP/1.1${CRLF}Host: ${elsewhere}${CRLF}${CRLF}`;

  const targets = [
    // The victim's own addresses, and Datasette's pages about everything.
    [`/${victim}`, "tool 404"],
    [`/${victim}/`, "tool 302"],
    [`/${victim}/secrets`, "tool 400"],
    [`/${victim}/secrets.json`, "tool 400"],
    [`/${victim}/secrets/1.json`, "tool 404"],
    [`/${victim}.json`, "tool 404"],
    [`/${victim}.db`, "tool 404"],
    ["/", "tool 302"],
    ["/.json", "tool 404"],
    ["/-/databases", "tool 400"],
    ["/-/databases.json", "tool 400"],
    ["/-/metadata.json", "tool 400"],
    ["/-/config.json", "tool 400"],
    ["/_internal", "tool 404"],
    ["/:memory:", "tool 404"],
    // Out of the path: dots, slashes, escapes once and twice, Datasette's own `~` escapes.
    [`/acme/../${victim}/secrets.json`, "gateway 400"],
    [`/acme/./../${victim}/secrets.json`, "gateway 400"],
    [`/acme/%2e%2e/${victim}/secrets.json`, "gateway 400"],
    [`/acme/.%2E/${victim}/secrets.json`, "gateway 400"],
    [`/acme/%252e%252e/${victim}/secrets.json`, "gateway 400"],
    [`/acme/..%2f${victim}%2fsecrets.json`, "gateway 400"],
    [`/acme%2f..%2f${victim}/secrets.json`, "gateway 400"],
    [`/%2f${victim}/secrets.json`, "gateway 400"],
    [`/acme/..%5c${victim}/secrets.json`, "gateway 400"],
    [`/acme/..\\${victim}\\secrets.json`, "gateway 400"],
    [`/acme/..;/${victim}/secrets.json`, "gateway 400"],
    [`//${victim}/secrets.json`, "gateway 400"],
    [`/acme//${victim}/secrets.json`, "gateway 400"],
    [`/acme/~2E~2E/${victim}/secrets.json`, "tool 404"],
    [`/acme/~2E~2E~2F${victim}~2Fsecrets.json`, "tool 404"],
    [`/acme~2F~2E~2E~2F${victim}/secrets.json`, "tool 400"],
    [`/acme/%00/../${victim}/secrets.json`, "gateway 400"],
    [`/acme%0d%0aHost:%20${victim}/secrets.json`, "gateway 400"],
    [`/acme#/../${victim}/secrets.json`, "gateway 400"],
    [`${victim}/secrets.json`, "gateway 400"],
    [`*`, "gateway 400"],
    // Out of the assets, which no organization is forced into.
    [`/-/static/../../${victim}/secrets.json`, "gateway 400"],
    [`/-/static/%2e%2e/%2e%2e/${victim}/secrets.json`, "gateway 400"],
    [`/-/static/..%2f..%2f${victim}.db`, "gateway 400"],
    [`/-/static//${victim}/secrets.json`, "gateway 400"],
    [`/-/static/~2E~2E/~2E~2E/${victim}.db`, "tool 404"],
    [`/-/static/${victim}/secrets.json`, "tool 404"],
    [`/-/%73tatic/${victim}.db`, "tool 404"],
    [`/-/static`, "tool 400"],
    // By query.
    [`${own}?database=${victim}&_database=${victim}&db=${victim}`, "tool 200"],
    [`/acme/machines.json?_where=${encodeURIComponent(`id in (select secret from ${victim}.secrets)`)}`, "tool 400"],
    [`/acme/machines.json?_through=${encodeURIComponent(`{"table":"${victim}.secrets","column":"id","value":"1"}`)}`, "tool 500"],
    [`/acme/machines.json?_extra=databases&_facet=${victim}.secrets`, "tool 400"],
    [sql(`select * from ${victim}.secrets`), "tool 400"],
    [sql(`attach database '${victim}.db' as other`), "tool 400"],
    [sql(`select 1; attach database '${victim}.db' as other; select * from other.secrets`), "tool 400"],
    [sql(`select readfile('${victim}.db')`), "tool 400"],
    [sql(`select load_extension('./${victim}.db')`), "tool 400"],
    [sql(`select * from pragma_database_list`), "tool 200"],
    // By path to the gateway.
    [`/t/datasette/${victim}/${victim}/secrets.json`, "gateway 421"],
    [`/t/datasette/acme/../${victim}/secrets.json`, "gateway 400"],
    [`/.byleave/enter?code=0&to=/${victim}/secrets.json`, "gateway 403"],
    [`/.byleave/enter?code=0&to=//${elsewhere}/${victim}/secrets.json`, "gateway 400"],
  ];

  const headers = [
    `X-Original-URL: /${victim}/secrets.json`,
    `X-Rewrite-URL: /${victim}/secrets.json`,
    `X-Forwarded-Prefix: /${victim}`,
    `X-Script-Name: /${victim}`,
    `X-Forwarded-Host: ${elsewhere}`,
    `X-Forwarded-Uri: /${victim}/secrets.json`,
    `Forwarded: host=${elsewhere};proto=http`,
    `X-HTTP-Method-Override: POST`,
    `Byleave-Organization: ${victim}`,
    `Byleave-Assertion: eyJhbGciOiJub25lIn0.eyJzdWIiOiJvcmc6${victim}In0.`,
    `Cookie: ds_actor=root; byleave_organization=${victim}`,
    `Referer: http://${elsewhere}/${victim}/secrets`,
  ];

  const byHost = (line, ...hosts) => written(line, ...hosts.map((name) => `Host: ${name}`));
  const secrets = `GET /${victim}/secrets.json HTTP/1.1`;
  const withBody = (length, body, ...more) =>
    written(`GET ${own} HTTP/1.1`, `Host: ${host}`, ...more, ...length) + body;

  return [
    ...targets.map(([target, status]) => [target, get(target), status]),
    ...headers.map((header) => [header, get(own, header), "tool 200"]),
    // The visit's cookie, carried to where it does not belong.
    ["the victim's host name", byHost(secrets, elsewhere), "gateway 403"],
    ["the victim's host name in capitals", byHost(secrets, elsewhere.toUpperCase()), "gateway 403"],
    ["the victim by path", byHost(`GET /t/datasette/${victim}/${victim}/secrets.json HTTP/1.1`, `localhost:${port}`), "gateway 403"],
    ["the bare gateway", byHost(secrets, `localhost:${port}`), "gateway 404"],
    ["no host", byHost(secrets), "gateway 400"],
    ["two hosts, the victim's last", byHost(secrets, host, elsewhere), "gateway 400"],
    ["two hosts, the victim's first", byHost(secrets, elsewhere, host), "gateway 400"],
    ["two hosts in one", byHost(secrets, `${host}, ${elsewhere}`), "gateway 400"],
    ["a host with somebody in it", byHost(secrets, `${host}@${elsewhere}`), "gateway 400"],
    ["a host with a final dot", byHost(secrets, `${elsewhere.split(":")[0]}.:${port}`), "gateway 400"],
    ["an address as the target, of the victim", byHost(`GET http://${elsewhere}/${victim}/secrets.json HTTP/1.1`, host), "gateway 400"],
    ["an address as the target, of Acme", byHost(`GET http://${host}/${victim}/secrets.json HTTP/1.1`, elsewhere), "gateway 400"],
    ["CONNECT", byHost(`CONNECT ${elsewhere} HTTP/1.1`, host), "gateway 501"],
    ["POST", written(`POST /${victim}/secrets HTTP/1.1`, `Host: ${host}`, "Content-Length: 0"), "tool 405"],
    ["two visits' cookies", get(`/${victim}/secrets.json`, "Cookie: byleave_visit=bl_other"), "tool 400"],
    // A second request inside the first one.
    ["length and chunks", withBody(["Content-Length: 5", "Transfer-Encoding: chunked"], `0${CRLF}${CRLF}${smuggled}`), "gateway 400"],
    ["two lengths", withBody(["Content-Length: 0", `Content-Length: ${smuggled.length}`], smuggled), "gateway 400"],
    ["chunks, spelt oddly", withBody(["Transfer-Encoding: xchunked"], `0${CRLF}${CRLF}${smuggled}`), "gateway 400"],
    ["a space before the colon", withBody(["Content-Length : 5"], smuggled), "gateway 400"],
    ["a folded header", withBody(["X-A: b", ` Transfer-Encoding: chunked`], smuggled), "gateway 400"],
    ["as a body", withBody([`Content-Length: ${smuggled.length}`], smuggled), "tool 200"],
    ["an upgrade to HTTP/2", get(`/${victim}/secrets.json`, "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"), "gateway 501"],
    ["HTTP/2 itself", `PRI * HTTP/2.0${CRLF}${CRLF}SM${CRLF}${CRLF}`, "gateway HTTP/2, with no answer in it"],
    ["HTTP/0.9", `GET /${victim}/secrets.json${CRLF}${CRLF}`, "gateway 400"],
    ["HTTP/1.0 without a host", `GET /${victim}/secrets.json HTTP/1.0${CRLF}${credentials}${CRLF}${CRLF}`, "gateway 400"],
    [
      "after an honest request on the same connection",
      `GET ${own} HTTP/1.1${CRLF}Host: ${host}${CRLF}${credentials}${CRLF}${CRLF}${byHost(secrets, elsewhere)}`,
      "tool 200, gateway 403",
    ],
  ];
}
