/** What becomes of a link in time: scenarios in YAML, checked, drawn, and put on a link that runs or on a virtual clock. */
package io.tlem.scenario;
