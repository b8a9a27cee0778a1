// Package handle is what a container gives out for an application to let go of: [Listener] and [Timer].
//
// What lives here: what packages connection and handler show of them. What does not: listening and keeping time (see container).
package handle
