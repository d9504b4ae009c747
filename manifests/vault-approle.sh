#!/usr/bin/env bash
# Sets up Vault for the agents and the publisher: for each of the two it writes a policy and an AppRole, and prints role
# id and secret id as variables.
#
#   manifests/vault-approle.sh cf concourse >vars.yml
#
# Use the agents' variables in the runtime config; they are stored on every VM. Their names begin with a slash: the Director
# would look up another name once for each deployment, below its own path in CredHub. Use the publisher's variables only where
# `cert-health publish` runs, such as a pipeline (ci/tasks/publish.yml): this secret id allows reading the deployments'
# private keys. Remove them from the file before you give it to the Director.
#
# MODE=data allows the agents to read the secrets, for operations/vault-mode-data.yml. Such agents need no publisher, and
# none is set up.
#
# For secrets that are not below secret/DEPLOYMENT, give their path below secret/, such as lab/cf.
#
# The script needs the vault program, logged in with rights to write policies and auth methods. With safe, that program
# is `safe vault`: VAULT="safe vault" manifests/vault-approle.sh cf
# To add deployments, call it again with all of them. Each call creates new secret ids.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
read -ra vault <<<"${VAULT:-vault}"

usage() {
  echo "$1
usage: [MODE=metadata|data] $0 DEPLOYMENT..." >&2
  exit 2
}

[ $# -gt 0 ] || usage "no deployment is given"
for deployment in "$@"; do
  case $deployment in
    # In a policy, * and + match any name: one of them would allow access to all deployments.
    *[!a-zA-Z0-9._/-]* | /* | */ | '') usage "$deployment is not a valid deployment name" ;;
    # This path holds the index of all deployments, which the agents could then read.
    cert-health | cert-health/*) usage "$deployment is the path of the index: nothing is published below it" ;;
  esac
done
case ${MODE:-metadata} in
  metadata) agents=vault-policy-agent.hcl publisher=vault-policy-publisher.hcl ;;
  data) agents=vault-policy-agent-data.hcl publisher= ;;
  *) usage "MODE=$MODE is not valid: use metadata or data" ;;
esac

# set_up NAME POLICY DEPLOYMENT... writes the policy and the role of one name.
set_up() {
  local name=$1 policy=$here/$2 deployment
  shift 2
  for deployment in "$@"; do
    sed "s|DEPLOYMENT|$deployment|g" "$policy"
  done | "${vault[@]}" policy write "$name" - >&2
  # The agents log in with the role and renew their tokens. If the networks are known, add token_bound_cidrs=... and
  # secret_id_bound_cidrs=... here. To let secret ids expire, add secret_id_ttl=8760h, for example.
  "${vault[@]}" write "auth/approle/role/$name" "token_policies=$name" token_no_default_policy=true token_ttl=1h token_max_ttl=24h \
    secret_id_num_uses=0 secret_id_ttl=0 >&2
}

# identify NAME VARIABLE prints the role's two identifiers.
identify() {
  local role_id secret_id
  role_id=$("${vault[@]}" read -field=role_id "auth/approle/role/$1/role-id")
  secret_id=$("${vault[@]}" write -force -field=secret_id "auth/approle/role/$1/secret-id")
  echo "$2_role_id: $role_id"
  echo "$2_secret_id: $secret_id"
}

if ! "${vault[@]}" auth list | grep '^approle/' >/dev/null; then
  "${vault[@]}" auth enable approle >&2
fi

set_up cert-health "$agents" "$@"
echo "# for the agents: the runtime config"
identify cert-health /cert_health
if [ -n "$publisher" ]; then
  set_up cert-health-publisher "$publisher" "$@"
  echo "# for cert-health publish alone: this secret id reads private keys"
  identify cert-health-publisher cert_health_publisher
fi
