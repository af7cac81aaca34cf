#!/usr/bin/env bash
# A SLURM cluster of one node, with a fake GPU, that lives in one directory: `tests/slurm_node.sh up DIR`, `… down DIR`.
# Nothing is written to /etc, so a cluster left behind disturbs nobody; what uses it sets SLURM_CONF=DIR/slurm.conf and
# puts DIR/bin first in PATH.
# Needs root and Debian's packages: apt-get install --no-install-recommends slurm-wlm munge
set -euo pipefail
what=${1:-}
dir=${2:-}
case $what in up | down) ;; *) echo "usage: $0 up|down DIR" >&2; exit 2 ;; esac
[ -n "$dir" ] || { echo "$0: name a directory" >&2; exit 2; }
export PATH=$PATH:/usr/sbin SLURM_CONF=$dir/slurm.conf
host=$(hostname -s)

down() {
    scancel --quiet --user="$(id -un)" 2>/dev/null || true
    for daemon in slurmd slurmctld munged; do
        pid=$(cat "$dir/$daemon.pid" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -9 "$pid" 2>/dev/null || true
    done
    rm -f "$dir/slurm.conf" "$dir/gres.conf"
}

up() {
    for program in munged slurmctld slurmd sbatch; do
        command -v "$program" >/dev/null || { echo "$0: $program is not installed" >&2; exit 3; }
    done
    [ "$(id -u)" = 0 ] || { echo "$0: must be root, slurmd starts jobs as their user" >&2; exit 3; }
    [ ! -e "$dir/slurm.conf" ] || { echo "$0: a node is up in $dir already" >&2; exit 3; }
    trap 'status=$?; [ "$status" = 0 ] || { tail -n 5 "$dir"/*.log >&2; down; }' EXIT
    mkdir -p "$dir/state" "$dir/spool"
    dir=$(cd "$dir" && pwd -P)
    chmod 755 "$dir"

    # A key and a socket of its own: a munge that runs here already is left alone.
    (umask 077 && head -c 128 /dev/urandom >"$dir/munge.key")
    munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
        --log-file="$dir/munged.log" --seed-file="$dir/munged.seed"

    cores=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc) # which nproc would take for a limit
    cat >"$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/munge.socket
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
ReturnToService=2
MinJobAge=3600
KillWait=2
GresTypes=gpu
SlurmdParameters=config_overrides
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores Boards=1 SocketsPerBoard=1 CoresPerSocket=$cores ThreadsPerCore=1 RealMemory=100000 Gres=gpu:1
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=1000
CONF
    echo "NodeName=$host Name=gpu File=/dev/null" >"$dir/gres.conf" # a fake GPU needs a device file, any one
    # Snakemake's executor takes SLURM_CONF from a job's environment before it calls srun; this srun brings it back.
    mkdir -p "$dir/bin"
    printf '#!/bin/sh\nSLURM_CONF=%s exec %s "$@"\n' "$dir/slurm.conf" "$(command -v srun)" >"$dir/bin/srun"
    chmod +x "$dir/bin/srun"
    slurmctld -c -f "$SLURM_CONF"
    slurmd -f "$SLURM_CONF"
    deadline=$((SECONDS + 60)) # each sinfo may itself wait for a controller that does not answer
    until sinfo --noheader --format=%T 2>/dev/null | grep -q idle || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.5; done
    sinfo --noheader --format=%T | grep -q idle || { echo "$0: the node did not become idle" >&2; exit 4; }
    sinfo --format='%P %T %c %m %G'
}

"$what"
