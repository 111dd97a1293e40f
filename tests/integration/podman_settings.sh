# Podman for tests: settings for hosts that may not raise limits. Sourced.
cat >"$scratch/containers.conf" <<C
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[engine.runtimes]
runc = ["/usr/sbin/runc"]
C
export CONTAINERS_CONF=$scratch/containers.conf
