#!/bin/sh
# Stands in for `neo4j` and `neo4j-admin` of Neo4j's distribution, which start the same classes.
case "$(basename "$0")" in
  neo4j) main=Neo4jCommand ;;
  *) main=Neo4jAdminCommand ;;
esac
exec "$JAVA_HOME/bin/java" -cp "$NEO4J_HOME/lib/*" -Dbasedir="$NEO4J_HOME" "org.neo4j.server.startup.$main" "$@"
