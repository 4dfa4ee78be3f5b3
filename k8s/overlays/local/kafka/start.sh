# Formats the storage on the first start, and runs the broker. Writes to the data volume and LOG_DIR only.
set -eu
cd /opt/kafka/bin
mkdir -p "$LOG_DIR" /var/lib/kafka/data/log
./kafka-storage.sh format --ignore-formatted --cluster-id 5L6g3nShT-eMCtK--X86sw --config /etc/uptime/server.properties
exec ./kafka-server-start.sh /etc/uptime/server.properties
