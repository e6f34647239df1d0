/** What a run was, at its end: assertions, and reports as pages, data and test results. */
package io.tlem.report;
