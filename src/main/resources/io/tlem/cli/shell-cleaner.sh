# Run by tlem shell: lets a network out through address translation, and when its standard input ends, as it does when tlem
# ends in any way, undoes that and ends what still runs in the networks or was started in them.
#   sh shell-cleaner.sh TOOL INTERFACE SUBNET NETWORK...     TOOL: iptables, nft or none; NETWORK: number in /proc/PID/ns/net
trap '' HUP INT QUIT TERM
tool=$1
interface=$2
subnet=$3
shift 3
forward=/proc/sys/net/ipv4/ip_forward
# One of each network that there may be shells in.
marker=/run/tlem-forward-$(readlink /proc/self/ns/net | tr -dc 0-9)

rules() { # -A or -D, -I or -D
    iptables -w -t nat "$1" POSTROUTING -s "$subnet" ! -o "$interface" -j MASQUERADE &&
        iptables -w "$2" FORWARD -i "$interface" -j ACCEPT &&
        iptables -w "$2" FORWARD -o "$interface" -j ACCEPT
}

set_up() {
    case $tool in
    none) return 0 ;;
    iptables) rules -A -I || return 1 ;;
    nft)
        nft -f - <<END || return 1
table ip $interface {
    chain post {
        type nat hook postrouting priority 100;
        ip saddr $subnet oifname != "$interface" masquerade
    }
}
END
        ;;
    esac
    if [ "$(cat "$forward")" = 0 ]; then
        true >"$marker" && echo 1 >"$forward" || return 1
    fi
}

undo() {
    case $tool in
    none) return 0 ;;
    iptables) rules -D -D 2>/dev/null ;;
    nft) nft delete table ip "$interface" 2>/dev/null ;;
    esac
    # Another shell goes on needing it, and is the one to undo it then.
    if [ -e "$marker" ] && ! grep -v "^ *$interface:" /proc/net/dev | grep -q '^ *tlem[0-9]*:'; then
        echo 0 >"$forward"
        rm -f "$marker"
    fi
}

processes() {
    for network; do
        ls -l /proc/[0-9]*/ns/net 2>/dev/null | sed -n "s|.* /proc/\([0-9]*\)/ns/net -> net:\[$network\]\$|\1|p"
        # What has made a network of its own.
        grep -lzx "TLEM_SHELL_NETWORK=$network" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n'
    done
}

if ! set_up; then
    undo
    exit 1
fi
echo ready
while read -r _; do :; done
undo
for signal in TERM KILL; do
    tries=0
    while pids=$(processes "$@") && [ -n "$pids" ] && [ "$tries" -lt 20 ]; do
        # shellcheck disable=SC2086  # one word a process
        [ "$tries" -gt 0 ] || kill -"$signal" $pids 2>/dev/null
        sleep 0.05
        tries=$((tries + 1))
    done
done
