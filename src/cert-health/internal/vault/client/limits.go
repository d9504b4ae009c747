package client

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// AddLimits sets the limits that the environment contains, as the vault program reads them:
// VAULT_RATE_LIMIT, VAULT_MAX_RETRIES and VAULT_CLIENT_TIMEOUT.
func (o *Options) AddLimits(env func(string) string) error {
	for _, limit := range []struct {
		variable string
		set      func(*Options, string) bool
		form     string
	}{
		{api.EnvRateLimit, (*Options).setRate, "a number of requests per second, as in 20, or with a burst, as in 20:40"},
		{api.EnvVaultMaxRetries, (*Options).setRetries, "a number, as in 2"},
		{api.EnvVaultClientTimeout, (*Options).setRequestTime, "a number of seconds or a duration, as in 60 or 1m"},
	} {
		if text := env(limit.variable); text != "" && !limit.set(o, text) {
			return fmt.Errorf("%s=%q is not valid: it must be %s", limit.variable, text, limit.form)
		}
	}
	return nil
}

func (o *Options) setRate(text string) bool {
	before, after, found := strings.Cut(text, ":")
	rate, err := strconv.ParseFloat(before, 64)
	if err != nil || !(rate > 0) {
		return false
	}
	burst := int(max(1, rate)) // as the vault program
	if found {
		if burst, err = strconv.Atoi(after); err != nil || burst < 1 {
			return false
		}
	}
	o.Rate, o.Burst, o.Environment.Rate = rate, burst, true
	return true
}

func (o *Options) setRetries(text string) bool {
	retries, err := strconv.ParseUint(text, 10, 31)
	if o.MaxRetries = int(retries); retries == 0 {
		o.MaxRetries = -1 // none
	}
	return err == nil
}

func (o *Options) setRequestTime(text string) bool {
	if _, err := strconv.Atoi(text); err == nil {
		text += "s"
	}
	limit, err := time.ParseDuration(text)
	o.RequestTime = limit
	return err == nil && limit > 0
}
