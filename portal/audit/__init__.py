"""The trail: every act and every staff read of a taxpayer's file, in a chain the taxpayer can read."""
