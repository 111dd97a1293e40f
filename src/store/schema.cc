#include "store/schema.h"

namespace weir::store {
namespace {

// Why these tables look as they do:
// - finding is keyed by (match, asset): a new advisory appends to the end of the table. An asset's findings
//   are reached through its package list and the matches of those packages, so that no second index by
//   asset is needed, whose pages a new advisory would touch all of.
// - finding holds only what stands now; what was resolved moves to resolved_finding.
// - queries that join match to finding say CROSS JOIN, which fixes the order: the planner would rather go
// through
//   all findings of a state.
// - counts lie in narrow tables of their own, because every new finding changes one.
// - asset ids, package ids and match ids are never used twice (AUTOINCREMENT): history names them.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE asset (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  image TEXT NOT NULL DEFAULT '',
  image_id TEXT NOT NULL DEFAULT '',
  os TEXT NOT NULL DEFAULT '',
  sensor TEXT NOT NULL DEFAULT '',
  host INTEGER NOT NULL DEFAULT 0,
  state INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  last_scan INTEGER NOT NULL DEFAULT 0,
  last_scan_at INTEGER NOT NULL DEFAULT 0,
  facts TEXT NOT NULL DEFAULT '',
  UNIQUE (kind, key)
);
CREATE INDEX asset_host ON asset (host) WHERE host <> 0;
CREATE INDEX asset_image ON asset (image) WHERE image <> '';

CREATE TABLE asset_count (
  asset INTEGER PRIMARY KEY,
  packages INTEGER NOT NULL DEFAULT 0,
  open0 INTEGER NOT NULL DEFAULT 0, open1 INTEGER NOT NULL DEFAULT 0, open2 INTEGER NOT NULL DEFAULT 0,
  open3 INTEGER NOT NULL DEFAULT 0, open4 INTEGER NOT NULL DEFAULT 0, open5 INTEGER NOT NULL DEFAULT 0,
  masked INTEGER NOT NULL DEFAULT 0,
  exploited INTEGER NOT NULL DEFAULT 0,
  loaded INTEGER NOT NULL DEFAULT 0,
  max_score INTEGER NOT NULL DEFAULT 0
);

-- key: 16 bytes of the SHA-256 of content and symbols. content: sbom_codec.h.
CREATE TABLE package (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL,
  generation INTEGER NOT NULL DEFAULT 0,
  type INTEGER NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  ecosystem TEXT NOT NULL,
  purl TEXT NOT NULL,
  answered INTEGER NOT NULL,
  symbols INTEGER NOT NULL DEFAULT 0,
  content BLOB NOT NULL
);
CREATE UNIQUE INDEX package_key ON package (key);
CREATE INDEX package_name ON package (name, version);

CREATE TABLE go_symbols (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, hashes BLOB NOT NULL);

-- Hash64 of ecosystem and name. Two names of one hash cost a look, not a mistake.
CREATE TABLE package_query (hash INTEGER NOT NULL, package INTEGER NOT NULL, PRIMARY KEY (hash, package)) WITHOUT ROWID;

CREATE TABLE asset_package (asset INTEGER PRIMARY KEY, ids BLOB NOT NULL);
CREATE TABLE asset_sbom (asset INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE asset_usage_state (asset INTEGER PRIMARY KEY, others INTEGER NOT NULL, others_text TEXT NOT NULL,
                                state BLOB NOT NULL DEFAULT x'');
CREATE TABLE asset_usage (package INTEGER NOT NULL, asset INTEGER NOT NULL, key INTEGER NOT NULL, text TEXT NOT NULL,
                          PRIMARY KEY (package, asset)) WITHOUT ROWID;

CREATE TABLE vulnerability (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  summary TEXT NOT NULL,
  published TEXT NOT NULL,
  severity INTEGER NOT NULL,
  cvss REAL NOT NULL,
  epss REAL,
  flags INTEGER NOT NULL
);
CREATE TABLE vulnerability_count (
  vulnerability INTEGER PRIMARY KEY,
  open INTEGER NOT NULL DEFAULT 0,
  masked INTEGER NOT NULL DEFAULT 0,
  assets INTEGER NOT NULL DEFAULT 0,
  max_score INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE vulnerability_alias (name TEXT NOT NULL, vulnerability INTEGER NOT NULL,
                                  PRIMARY KEY (name, vulnerability)) WITHOUT ROWID;
CREATE INDEX vulnerability_alias_of ON vulnerability_alias (vulnerability);

-- What matching says of a vulnerability; many matches share one. content: finding_codec.h.
CREATE TABLE vulnerability_text (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, content BLOB NOT NULL);

-- state: 0 stands, 1 stands but does not apply, 2 no longer stands (kept for history).
CREATE TABLE match (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  package INTEGER NOT NULL,
  vulnerability INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  state INTEGER NOT NULL,
  open INTEGER NOT NULL DEFAULT 0,
  masked INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  retired_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX match_package ON match (package, vulnerability);
CREATE INDEX match_vulnerability ON match (vulnerability);
CREATE TABLE match_detail (match INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text INTEGER NOT NULL,
                           content BLOB NOT NULL);
CREATE TABLE match_problem (package INTEGER PRIMARY KEY, content BLOB NOT NULL);

-- rank: 1000 less the score in tenths of a point, so that the worst come first in ascending order, in which
-- a page can start at any row. state: FindingState. level: Usage::Level.
CREATE TABLE finding (
  match INTEGER NOT NULL,
  asset INTEGER NOT NULL,
  state INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  level INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  PRIMARY KEY (match, asset)
) WITHOUT ROWID;
CREATE INDEX finding_order ON finding (state, severity, rank, match, asset);
-- level is in it so that counting needs no look at the table.
CREATE INDEX finding_loaded ON finding (state, severity, rank, match, asset, level) WHERE level = 3;
-- A new finding is always the newest: it is put at one end.
CREATE INDEX finding_recent ON finding (state, first_seen DESC, match, asset, severity, level);

CREATE TABLE resolved_finding (
  match INTEGER NOT NULL,
  asset INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  score INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  resolved_at INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  PRIMARY KEY (match, asset)
) WITHOUT ROWID;
CREATE INDEX resolved_finding_order ON resolved_finding (resolved_at DESC, match, asset);
CREATE INDEX resolved_finding_asset ON resolved_finding (asset);

CREATE TABLE mask (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope INTEGER NOT NULL,
  vulnerability TEXT NOT NULL,
  package TEXT NOT NULL,
  asset_key TEXT NOT NULL,
  image TEXT NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  active INTEGER NOT NULL
);
CREATE INDEX mask_vulnerability ON mask (vulnerability);

CREATE TABLE trend (
  day TEXT PRIMARY KEY,
  open0 INTEGER NOT NULL DEFAULT 0, open1 INTEGER NOT NULL DEFAULT 0, open2 INTEGER NOT NULL DEFAULT 0,
  open3 INTEGER NOT NULL DEFAULT 0, open4 INTEGER NOT NULL DEFAULT 0, open5 INTEGER NOT NULL DEFAULT 0,
  opened INTEGER NOT NULL DEFAULT 0,
  resolved INTEGER NOT NULL DEFAULT 0,
  assets INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE scan (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL,
  asset INTEGER NOT NULL,
  trigger TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  error TEXT NOT NULL,
  problems TEXT NOT NULL,
  coverage TEXT NOT NULL,
  facts TEXT NOT NULL,
  packages INTEGER NOT NULL,
  open0 INTEGER NOT NULL, open1 INTEGER NOT NULL, open2 INTEGER NOT NULL,
  open3 INTEGER NOT NULL, open4 INTEGER NOT NULL, open5 INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  resolved INTEGER NOT NULL,
  ids BLOB NOT NULL
);
CREATE INDEX scan_asset ON scan (asset, id);
CREATE INDEX scan_key ON scan (asset, key);

CREATE TABLE process (
  host INTEGER NOT NULL,
  key TEXT NOT NULL,
  asset INTEGER NOT NULL,
  name TEXT NOT NULL,
  user TEXT NOT NULL,
  pid INTEGER NOT NULL,
  listening INTEGER NOT NULL,
  running INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (host, key)
) WITHOUT ROWID;
CREATE INDEX process_asset ON process (asset);

CREATE TABLE connection (
  id INTEGER PRIMARY KEY,
  host INTEGER NOT NULL,
  key TEXT NOT NULL,
  asset INTEGER NOT NULL,
  process TEXT NOT NULL,
  process_name TEXT NOT NULL,
  protocol TEXT NOT NULL,
  inbound INTEGER NOT NULL,
  local_port INTEGER NOT NULL,
  remote_port INTEGER NOT NULL,
  remote_address TEXT NOT NULL,
  remote_process TEXT NOT NULL,
  remote_scope INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  count INTEGER NOT NULL,
  json TEXT NOT NULL,
  UNIQUE (host, key)
);
CREATE INDEX connection_asset ON connection (asset, last_seen);
CREATE TABLE host_address (address TEXT NOT NULL, host INTEGER NOT NULL, PRIMARY KEY (address, host)) WITHOUT ROWID;
CREATE INDEX host_address_host ON host_address (host);

CREATE TABLE sensor (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  certificate_serial TEXT NOT NULL,
  certificate_not_after INTEGER NOT NULL,
  enrolled_at INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  host INTEGER NOT NULL,
  version TEXT NOT NULL,
  status TEXT NOT NULL
) WITHOUT ROWID;
-- Apart, because every batch writes it.
CREATE TABLE sensor_position (sensor TEXT PRIMARY KEY, epoch TEXT NOT NULL, sequence INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  sensor TEXT NOT NULL,
  asset INTEGER NOT NULL,
  state INTEGER NOT NULL,
  author TEXT NOT NULL,
  detail TEXT NOT NULL,
  error TEXT NOT NULL,
  scan INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX job_open ON job (sensor) WHERE state < 3;

CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, type TEXT NOT NULL, json TEXT NOT NULL);

CREATE TABLE webhook (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  filter TEXT NOT NULL,
  author TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  next_try INTEGER NOT NULL,
  last_success INTEGER NOT NULL,
  last_error TEXT NOT NULL
);

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE user (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  must_change_password INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_login INTEGER NOT NULL
);
CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  csrf_token TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_user ON session (user);
CREATE TABLE token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  public_id TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  uses_left INTEGER NOT NULL,
  uses INTEGER NOT NULL
);
CREATE INDEX token_user ON token (user);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  user TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  allowed INTEGER NOT NULL
);
)sql";

// Advisories imported by hand, as whole documents: what they mean is read anew by every version.
constexpr std::string_view kImported = R"sql(
CREATE TABLE imported_document (id INTEGER PRIMARY KEY AUTOINCREMENT, is_yaml INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE imported_advisory (
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  summary TEXT NOT NULL,
  author TEXT NOT NULL,
  imported_at INTEGER NOT NULL,
  document INTEGER NOT NULL,
  PRIMARY KEY (source, id)
) WITHOUT ROWID;
)sql";

// Secrets and malware.
// - rank as in finding. content: JSON of the console, compressed.
// - content_finding_order has every column that a list filters by, so that rows and their number are told
//   without the table; content_finding_key serves one asset, which has few.
// - content_search is apart because a search reads all of it, and nothing else does.
// - a scan's content_ids say what stood when it was stored.
constexpr std::string_view kContent = R"sql(
CREATE TABLE content_rule (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL,
                           UNIQUE (kind, name));
CREATE TABLE content_finding (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  asset INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  rule INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  confidence INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  state INTEGER NOT NULL,
  ignored INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  resolved_at INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  content BLOB NOT NULL
);
CREATE UNIQUE INDEX content_finding_key ON content_finding (asset, kind, fingerprint);
CREATE INDEX content_finding_same ON content_finding (fingerprint, kind, asset, state);
CREATE INDEX content_finding_order ON content_finding (state, rank, id, kind, severity, confidence, origin, rule, asset);
CREATE INDEX content_finding_recent ON content_finding (state, first_seen, id, kind, severity, confidence, origin, rule, asset);
CREATE INDEX content_finding_resolved ON content_finding (resolved_at, id) WHERE state = 3;
CREATE INDEX content_finding_rule ON content_finding (rule, state, asset);
CREATE TABLE content_search (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE asset_content (
  asset INTEGER PRIMARY KEY,
  secret0 INTEGER NOT NULL DEFAULT 0, secret1 INTEGER NOT NULL DEFAULT 0, secret2 INTEGER NOT NULL DEFAULT 0,
  secret3 INTEGER NOT NULL DEFAULT 0, secret4 INTEGER NOT NULL DEFAULT 0, secret5 INTEGER NOT NULL DEFAULT 0,
  malware0 INTEGER NOT NULL DEFAULT 0, malware1 INTEGER NOT NULL DEFAULT 0, malware2 INTEGER NOT NULL DEFAULT 0,
  malware3 INTEGER NOT NULL DEFAULT 0, malware4 INTEGER NOT NULL DEFAULT 0, malware5 INTEGER NOT NULL DEFAULT 0,
  secrets_masked INTEGER NOT NULL DEFAULT 0,
  malware_masked INTEGER NOT NULL DEFAULT 0,
  max_score INTEGER NOT NULL DEFAULT 0
);
ALTER TABLE scan ADD COLUMN content TEXT NOT NULL DEFAULT '[]';
ALTER TABLE scan ADD COLUMN content_ids BLOB NOT NULL DEFAULT x'';
ALTER TABLE scan ADD COLUMN secrets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scan ADD COLUMN malware INTEGER NOT NULL DEFAULT 0;
-- kind: -1 for a vulnerability, else that of the content.
ALTER TABLE mask ADD COLUMN kind INTEGER NOT NULL DEFAULT -1;
ALTER TABLE mask ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
ALTER TABLE mask ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE mask ADD COLUMN title TEXT NOT NULL DEFAULT '';
CREATE INDEX mask_fingerprint ON mask (fingerprint) WHERE fingerprint <> '';
CREATE TABLE rule_file (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  report TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (kind, name)
);
CREATE TABLE disabled_rule (kind INTEGER NOT NULL, rule TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL,
                            at INTEGER NOT NULL, PRIMARY KEY (kind, rule)) WITHOUT ROWID;
)sql";

constexpr Migration kSteps[] = {
    {"first", kFirst}, {"imported advisories", kImported}, {"secrets and malware", kContent}};

}  // namespace

std::span<const Migration> Schema() { return kSteps; }

}  // namespace weir::store
