// Package types keeps the types of the Prometheus Operator among the dependencies, for controller-gen to read.
package types

import _ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
