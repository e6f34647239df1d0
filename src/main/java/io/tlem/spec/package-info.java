/** What a link is to be: settings, their values with the places where they were written, and files of them in YAML and JSON. */
package io.tlem.spec;
