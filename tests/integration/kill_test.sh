# Console and sensor are killed at random moments under load; bench/console kill does so a hundred times.
. "$(dirname "$0")/lib.sh"
"$WEIR" -q sbom "dir:$(debian_main)" -o "json=$scratch/sbom.json"
SENSOR_FLAGS="--scanners vulnerabilities --no-images --no-containers --exclude work/** --exclude root/** --exclude home/** --exclude opt/** --exclude usr/local/** --exclude var/cache/** --exclude tmp/**" \
  python3 "$here/kill_driver.py" "$WEIR" "$WEIR_SOURCE/build/release/bench/weir_fleet" "$scratch/sbom.json" "$scratch/kill" 10
