# Run by tlem shell: lets a network out through address translation, and when its standard input ends, as it does when tlem
# ends in any way, undoes that and ends what still runs in the networks or was started in them. Says "ready", and behind that why
# IPv6 does not get out where it should.
#   sh shell-cleaner.sh INTERFACE TOOL SUBNET TOOL6 SUBNET6 NETWORK...
#   TOOL, TOOL6: iptables or ip6tables, nft or none; NETWORK: number in /proc/PID/ns/net
trap '' HUP INT QUIT TERM
interface=$1
tool=$2
subnet=$3
tool6=$4
subnet6=$5
shift 5
forward=/proc/sys/net/ipv4/ip_forward
settings6=/proc/sys/net/ipv6/conf
# One of each network that there may be shells in.
marker=/run/tlem-forward-$(readlink /proc/self/ns/net | tr -dc 0-9)
marker6=$marker-6

rules() { # iptables or ip6tables, the subnet, -A or -D, -I or -D
    "$1" -w -t nat "$3" POSTROUTING -s "$2" ! -o "$interface" -j MASQUERADE &&
        "$1" -w "$4" FORWARD -i "$interface" -j ACCEPT &&
        "$1" -w "$4" FORWARD -o "$interface" -j ACCEPT
}

translate() { # the tool, the subnet, ip or ip6
    case $1 in
    nft)
        nft -f - <<END
table $3 $interface {
    chain post {
        type nat hook postrouting priority 100;
        $3 saddr $2 oifname != "$interface" masquerade
    }
}
END
        ;;
    *) rules "$1" "$2" -A -I ;;
    esac
}

undo_translate() { # the tool, the subnet, ip or ip6
    case $1 in
    nft) nft delete table "$3" "$interface" 2>/dev/null ;;
    *) rules "$1" "$2" -D -D 2>/dev/null ;;
    esac
}

# Another shell goes on needing what is set, and is the one to undo it then.
is_last() {
    ! grep -v "^ *$interface:" /proc/net/dev | grep -q '^ *tlem[0-9]*:'
}

set_up() {
    [ "$tool" != none ] || return 0
    translate "$tool" "$subnet" ip || return 1
    if [ "$(cat "$forward")" = 0 ]; then
        true >"$marker" && echo 1 >"$forward" || return 1
    fi
}

undo() {
    [ "$tool" != none ] || return 0
    undo_translate "$tool" "$subnet" ip
    if [ -e "$marker" ] && is_last; then
        echo 0 >"$forward"
        rm -f "$marker"
    fi
}

# A line each: value and name. A machine that forwards IPv6 forgets the routers that it knows from their advertisements, and takes
# no more from interfaces whose accept_ra is 1: with 2 it does. And "all" sets every interface's own "forwarding".
settings6_to_restore() {
    echo "0 all/forwarding"
    for file in "$settings6"/*/forwarding "$settings6"/*/accept_ra; do
        name=${file#"$settings6"/}
        value=$(cat "$file")
        case $name=$value in
        all/* | */forwarding=0) ;;
        */forwarding=* | */accept_ra=1) echo "$value $name" ;;
        esac
    done
}

set_up6() {
    # The machine may have it off for interfaces to come.
    [ "$(cat "$settings6/$interface/disable_ipv6")" = 0 ] || echo 0 >"$settings6/$interface/disable_ipv6" || return 1
    translate "$tool6" "$subnet6" ip6 || return 1
    if [ "$(cat "$settings6/all/forwarding")" = 0 ]; then
        settings6_to_restore >"$marker6" || return 1
        sed -n 's|^1 \(.*/accept_ra\)$|\1|p' "$marker6" | while read -r name; do
            echo 2 >"$settings6/$name"
        done
        echo 1 >"$settings6/all/forwarding"
    fi
}

undo6() {
    [ "$tool" != none ] || return 0
    [ "$tool6" = none ] || undo_translate "$tool6" "$subnet6" ip6
    if [ -e "$marker6" ] && is_last; then
        while read -r value name; do
            [ ! -e "$settings6/$name" ] || echo "$value" >"$settings6/$name"
        done <"$marker6"
        rm -f "$marker6"
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
refusal=
if [ "$tool6" != none ] && ! refusal=$(set_up6 2>&1); then
    undo6 2>/dev/null
    tool6=none
    [ -n "$refusal" ] || refusal="no reason given"
else
    refusal=
fi
echo "ready $(echo "$refusal" | sed -n 1p)"
while read -r _; do :; done
undo6
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
