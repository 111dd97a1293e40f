# CVEs that Debian fixed are found in a root without security updates and gone from the same root upgraded.
. "$(dirname "$0")/lib.sh"
main=$(debian_main)
upgraded=$(debian_upgraded)
"$WEIR" db update --only debian-archive --apt-root "$upgraded" --packages-of "$upgraded"
for name in main upgraded; do
  "$WEIR" scan "dir:${!name}" --scanners vulnerabilities -o "json=$scratch/$name.json"
  jq -r '.findings[] | select(.status == "open" and .match.ecosystem == "Debian:12") | "\(.id) \(.package.name)"' "$scratch/$name.json" |
    LC_ALL=C sort -u >"$scratch/$name.cves"
done
echo "main: $(wc -l <"$scratch/main.cves"), upgraded: $(wc -l <"$scratch/upgraded.cves")"

# Independent truth: the CVE ids that the upgrade's own changelogs name above the old version.
comm -12 "$scratch/main.cves" "$scratch/upgraded.cves" >"$scratch/still"
LC_ALL=C join -j1 <(dpkg-query --admindir "$main/var/lib/dpkg" -W -f '${Package} ${Version}\n' | LC_ALL=C sort) \
  <(dpkg-query --admindir "$upgraded/var/lib/dpkg" -W -f '${Package} ${Version}\n' | LC_ALL=C sort) |
  awk '$2 != $3' >"$scratch/changed"
[ -s "$scratch/changed" ] || fail "the upgrade changed nothing; this proves nothing"
truth=0
while read -r package old new; do
  log=$upgraded/usr/share/doc/$package/changelog.Debian.gz
  [ -f "$log" ] || continue
  old=${old%+b[0-9]*} # a rebuild has its source's changelog
  # Where the update is a newer upstream release, its changelog does not tell what the old branch had.
  zcat "$log" | grep -qF "($old)" || { echo "not judged: $package $old is not in the changelog of $new"; continue; }
  # Named above the old version and not again below it: what was fixed since.
  zcat "$log" | awk -v old="($old)" -v above="$scratch/above" -v below="$scratch/below" \
    'BEGIN { out = above } /^[^ ].*\(.*\)/ && index($0, old) { out = below } { print > out }'
  touch "$scratch/above" "$scratch/below"
  for cve in $(LC_ALL=C comm -23 <(grep -oE 'CVE-[0-9]{4}-[0-9]{4,}' "$scratch/above" | LC_ALL=C sort -u) \
    <(grep -oE 'CVE-[0-9]{4}-[0-9]{4,}' "$scratch/below" | LC_ALL=C sort -u)); do
    truth=$((truth + 1))
    grep -qx "$cve $package" "$scratch/main.cves" || fail "$cve of $package $old (fixed by $new) was not found in the old root"
    ! grep -qx "$cve $package" "$scratch/upgraded.cves" || fail "$cve of $package $new is fixed but still reported"
  done
done <"$scratch/changed"
[ "$truth" -gt 0 ] || fail "no changelog names a CVE; this proves nothing"
echo "fixed CVEs checked: $truth"
