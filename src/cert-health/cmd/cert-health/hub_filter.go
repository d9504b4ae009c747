//go:build !vm

package main

import (
	"net/url"

	"github.com/spf13/cobra"
)

// filter is a flag that becomes the parameter of the same name in a query.
type filter struct{ name, usage string }

func addFilters(cmd *cobra.Command, filters []filter) {
	for _, filter := range filters {
		cmd.Flags().StringArray(filter.name, nil, filter.usage)
	}
}

// flagQuery makes a query of flags. The hub knows what is valid, and says what is not.
func flagQuery(cmd *cobra.Command, filters []filter) url.Values {
	query := url.Values{}
	for _, filter := range filters {
		if values, err := cmd.Flags().GetStringArray(filter.name); err == nil && len(values) > 0 {
			query[filter.name] = values
		}
	}
	return query
}
