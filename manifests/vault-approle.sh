#!/usr/bin/env bash
# Sets up Vault for the agents and for the publisher: for both a policy, an AppRole, and its two identifiers as
# variables.
#
#   manifests/vault-approle.sh cf concourse >vars.yml
#
# The agents' variables belong to the runtime config, and lie on every VM. The publisher's belong to what runs
# `cert-health publish`, such as a pipeline (ci/tasks/publish.yml), and to nothing else: its secret id lets its holder
# read the deployments' private keys. Take them out of the file before the Director sees it.
#
# MODE=data gives the agents themselves the right to read the secrets, for operations/vault-mode-data.yml. Nobody
# publishes for such agents, so there is no publisher then.
#
# Secrets that do not stand below secret/ and a deployment's name are given as the path below secret/, as in lab/cf.
#
# It needs the vault program, logged in with rights to write policies and auth methods; with safe,
# `safe vault` is that program: VAULT="safe vault" manifests/vault-approle.sh cf
# It can be called again, with more deployments; each call names them all and makes further secret ids.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
read -ra vault <<<"${VAULT:-vault}"

usage() {
  echo "$1
usage: [MODE=metadata|data] $0 DEPLOYMENT..." >&2
  exit 2
}

[ $# -gt 0 ] || usage "no deployment is named"
for deployment in "$@"; do
  case $deployment in
    # In a policy * and + stand for any name: one of them would open all deployments.
    *[!a-zA-Z0-9._/-]* | /* | */ | '') usage "$deployment is no name of a deployment" ;;
    # There the index of all deployments stands, which its agents would then read.
    cert-health | cert-health/*) usage "$deployment is where the index stands: nothing is published below it" ;;
  esac
done
case ${MODE:-metadata} in
  metadata) agents=vault-policy-agent.hcl publisher=vault-policy-publisher.hcl ;;
  data) agents=vault-policy-agent-data.hcl publisher= ;;
  *) usage "MODE=$MODE is neither metadata nor data" ;;
esac

# set_up NAME POLICY DEPLOYMENT... writes the policy and the role of one name.
set_up() {
  local name=$1 policy=$here/$2 deployment
  shift 2
  for deployment in "$@"; do
    sed "s|DEPLOYMENT|$deployment|g" "$policy"
  done | "${vault[@]}" policy write "$name" - >&2
  # Who has the role logs in as often as need be, and renews the token meanwhile. Where the networks are known, add
  # token_bound_cidrs=... and secret_id_bound_cidrs=...; where secret ids shall end, secret_id_ttl=8760h or the like.
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
identify cert-health cert_health
if [ -n "$publisher" ]; then
  set_up cert-health-publisher "$publisher" "$@"
  echo "# for cert-health publish alone: this secret id reads private keys"
  identify cert-health-publisher cert_health_publisher
fi
