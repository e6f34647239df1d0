/** Makes configuration files of other emulators' command lines. Their manual pages and sources are the reference: tc-netem(8), ipfw(8). */
package io.tlem.spec.importer;
