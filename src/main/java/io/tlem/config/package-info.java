/** Configuration files: reading and writing YAML, with the place of everything that can be wrong. */
package io.tlem.config;
