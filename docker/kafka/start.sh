#!/bin/sh
# Formats the storage where that has not been done, with the users for SCRAM, and becomes the broker.
set -eu
properties=/healthos/server.properties
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted -t aGVhbHRob3MtYnJva2Vycw -c "$properties" \
  --add-scram 'SCRAM-SHA-256=[name=u,password=p]' --add-scram 'SCRAM-SHA-512=[name=u,password=p]'
exec /opt/kafka/bin/kafka-server-start.sh "$properties"
