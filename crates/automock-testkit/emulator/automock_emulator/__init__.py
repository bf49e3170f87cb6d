"""A thin layer over moto that lets real terraform build AutoMock's stacks.

moto answers the AWS API; this package closes the gaps that the AWS provider
runs into, gives ECS services tasks that register with their load balancer,
refuses deletions that AWS refuses, and adds control endpoints for tests.
"""
