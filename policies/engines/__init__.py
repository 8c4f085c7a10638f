"""The engines that evaluate the policy, behind one port."""
