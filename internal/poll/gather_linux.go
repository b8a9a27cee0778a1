//go:build !race

package poll

// gathered is how many buffers the system takes at a time at most.
const gathered = 1024
