/** Everything that is particular to the operating system; the only caller of the bindings. */
package io.tlem.os;
