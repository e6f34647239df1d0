/** The outage models: when the link is down. */
package io.tlem.impair.outage;
