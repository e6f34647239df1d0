/** Manual pages, made of what the command line says about itself. */
package io.tlem.manual;
