/** Packets told apart by what is in them: filters in the language of pcap-filter. */
package io.tlem.classify;
