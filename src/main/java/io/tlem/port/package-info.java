/** Ports: where packets enter and leave, one subpackage per kind. */
package io.tlem.port;
