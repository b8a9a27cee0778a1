// Package settings is what the options of connections and links come to.
//
// What lives here: [Connection] and [Link], which the option functions of packages connection, sender, receiver and handler fill in, and which the
// container reads. What does not: the functions, and what they mean to those who call them.
package settings
