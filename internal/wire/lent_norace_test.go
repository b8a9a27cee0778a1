//go:build !race

package wire_test

const spoilt = 0
